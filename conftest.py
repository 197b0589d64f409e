"""A skipped test is a test that did not run: with ``NBLOOP_NO_SKIPS=1`` (as in CI) it fails the suite."""

from __future__ import annotations

import os

import pytest

_skipped = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin with no skips."""
    config.stash[_skipped] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Remember what was skipped; an expected failure counts too."""
    report = yield
    if report.skipped:
        item.config.stash[_skipped].append(item.nodeid)
    return report


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Notice a whole module that skipped itself."""
    if report.skipped and os.environ.get("NBLOOP_NO_SKIPS"):
        raise pytest.UsageError(f"skipped while collecting, and skips are off here: {report.nodeid}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Turn a green run with skips into a red one."""
    skipped = session.config.stash[_skipped]
    if os.environ.get("NBLOOP_NO_SKIPS") and skipped and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which."""
    if os.environ.get("NBLOOP_NO_SKIPS") and config.stash[_skipped]:
        terminalreporter.section("skipped, and skips are off here")
        for nodeid in config.stash[_skipped]:
            terminalreporter.line(nodeid)
