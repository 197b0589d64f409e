"""A PostgreSQL server of our own, in a folder that is thrown away and on a free port, for tests and benchmarks."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: int(place.parent.name), reverse=True)


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs; None when they are not installed."""
    found = shutil.which("initdb")
    return next((place for place in PLACES if (place / "initdb").exists()), Path(found).parent if found else None)


class Server:
    """A server whose data lie in `folder`; it has the database ``labels``."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder, self._programs = folder, programs
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"postgresql+psycopg://nbloop@127.0.0.1:{self.port}/labels"
        self._run("initdb", "--auth=trust", "--username=nbloop", "--encoding=UTF8", "--locale=C", "-D", "data")
        self.start()
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "nbloop", "labels")

    def start(self) -> None:
        """Start, and wait until it answers."""
        settings = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder}"
        self._run("pg_ctl", "start", "-w", "-D", "data", "-l", "log", "-o", settings)

    def stop(self, mode: str = "immediate") -> None:
        """Stop; ``"immediate"`` is a crash of every process of the server."""
        self._run("pg_ctl", "stop", "-w", "-D", "data", "-m", mode)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        if os.geteuid() == 0:  # PostgreSQL refuses to be root
            command = ["runuser", "-u", _somebody(), "--", *command]
        done = subprocess.run(command, cwd=self._folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stdout}{done.stderr}")


@contextmanager
def running() -> Iterator[Server]:
    """Yield a server; it is stopped and gone afterwards.

    Raises
    ------
    RuntimeError
        PostgreSQL is not installed.
    """
    programs = binaries()
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed. Debian: apt install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="nbloop-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _somebody())
        server = Server(folder, programs)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _somebody() -> str:
    import pwd

    return next(name for name in ("postgres", "nobody") if name in {user.pw_name for user in pwd.getpwall()})
