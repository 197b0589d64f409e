"""A skipped test is a test that did not run: with ``NBLOOP_NO_SKIPS=1`` (as in CI) it fails the suite."""

from __future__ import annotations

import os

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Watch for skips, in the process that all reports come to."""
    if os.environ.get("NBLOOP_NO_SKIPS") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Skips())


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Notice a whole module that skipped itself."""
    if report.skipped and os.environ.get("NBLOOP_NO_SKIPS"):
        raise pytest.UsageError(f"skipped while collecting, and skips are off here: {report.nodeid}")


class Skips:
    """What was skipped; an expected failure counts too."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember it."""
        if report.skipped:
            self.found.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Turn a green run with skips into a red one."""
        if self.found and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say which."""
        if self.found:
            terminalreporter.section("skipped, and skips are off here")
            for nodeid in self.found:
                terminalreporter.line(nodeid)
