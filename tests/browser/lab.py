"""A real JupyterLab server with a home of its own, for as long as the browser tests run."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


class Lab:
    """Where the server is: `root` holds the notebooks, `url` opens one."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.root = home / "root"
        self.port = _free_port()
        self.token = secrets.token_hex(16)
        self.log = home / "lab.log"

    def url(self, path: str) -> str:
        """Return the address of a path, with the token."""
        return f"http://127.0.0.1:{self.port}/{path}?token={self.token}"

    def through(self, port: int) -> Lab:
        """Return the same server as it is reached through a proxy on another port."""
        other = copy(self)
        other.port = port
        return other

    def use_subshells(self, on: bool) -> None:
        """Decide for pages loaded from now on whether widgets are answered beside a busy cell."""
        folder = self.home / "settings" / "@jupyterlab" / "apputils-extension"
        folder.mkdir(parents=True, exist_ok=True)
        setting = {"commsOverSubshells": "perCommTarget" if on else "disabled"}
        (folder / "kernels-settings.jupyterlab-settings").write_text(json.dumps(setting))

    def hand_over(self, path: Path) -> None:
        """Give a running kernel, with all that it has imported, to another notebook."""
        for session in self._sessions()[:1]:
            self._request("PATCH", f"api/sessions/{session['id']}", {"path": path.name, "name": path.name})

    def end_kernels(self, of: str = "") -> None:
        """End the sessions of notebooks whose names begin so, with their kernels."""
        for session in self._sessions():
            if session["path"].startswith(of):
                self._request("DELETE", f"api/sessions/{session['id']}")

    def _sessions(self) -> list[dict[str, Any]]:
        return json.loads(self._request("GET", "api/sessions"))

    def _request(self, method: str, path: str, body: dict[str, str] | None = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url(path), data=data, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()


@contextmanager
def running(home: Path, app: str = "lab") -> Iterator[Lab]:
    """Start JupyterLab (or ``"notebook"``: Notebook 7), wait until it answers, and end it with its kernels."""
    lab = Lab(home)
    lab.root.mkdir(parents=True)
    _quiet(home / "config")
    with serving(lab, _JUPYTER[app](lab), "api/status"):
        yield lab


@contextmanager
def serving(lab: Lab, command: list[str], door: str) -> Iterator[None]:
    """Run a server from the folder of the notebooks until the block ends; `door` is a path that answers."""
    with lab.log.open("w") as log:
        server = subprocess.Popen(command, env=_environment(lab.home), cwd=lab.root, stdout=log, stderr=log)
        try:
            _wait(lab, server, door)
            yield
        finally:
            server.terminate()  # the server shuts its kernels down before it leaves
            server.wait(30)


def _jupyter(lab: Lab, module: str) -> list[str]:
    return [
        *(sys.executable, "-m", module, "--no-browser", "--allow-root", "--expose-app-in-browser"),
        *("--ip=127.0.0.1", f"--port={lab.port}", "--ServerApp.port_retries=0"),
        *(f"--IdentityProvider.token={lab.token}", f"--ServerApp.root_dir={lab.root}"),
    ]


def _lab(lab: Lab) -> list[str]:
    return [
        *_jupyter(lab, "jupyterlab"),
        *(f"--LabApp.user_settings_dir={lab.home}/settings", f"--LabApp.workspaces_dir={lab.home}/workspaces"),
        "--LabApp.extension_manager=readonly",
        *(
            "--KernelRestarter.restart_limit=1000",
            "--KernelRestarter.time_to_dead=0.5",
        ),  # for kernels killed on purpose
    ]


def _notebook(lab: Lab) -> list[str]:
    return _jupyter(lab, "notebook")


_JUPYTER = {"lab": _lab, "notebook": _notebook}


def _environment(home: Path) -> dict[str, str]:
    """Keep the person's own Jupyter settings out; kernels find the data sets of the tests."""
    places = {f"JUPYTER_{name.upper()}_DIR": str(home / name) for name in ("config", "data", "runtime")}
    samples = os.pathsep.join([str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, **places, "IPYTHONDIR": str(home / "ipython"), "PYTHONPATH": samples}


def _quiet(config: Path) -> None:
    """No news from the network, no window that asks for them, and no look at every page whether to build JupyterLab."""
    folder = config / "labconfig"
    folder.mkdir(parents=True)
    disabled = {"@jupyterlab/apputils-extension:announcements": True}
    (folder / "page_config.json").write_text(json.dumps({"disabledExtensions": disabled, "buildCheck": False}))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(lab: Lab, server: subprocess.Popen[bytes], door: str, limit: float = 60) -> None:
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(lab.url(door), timeout=5):
                return
        except urllib.error.HTTPError:
            return  # no such page, says a server that is there
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)  # between two knocks on the door; the tests themselves wait for conditions
    raise RuntimeError(f"The server did not answer on port {lab.port}; its log ends:\n{lab.log.read_text()[-2000:]}")
