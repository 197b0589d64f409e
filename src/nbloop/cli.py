"""The command line: ``nbloop demo`` opens the example notebooks in JupyterLab."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nbloop import __version__
from nbloop.errors import DataError, MissingExtra, NbloopError

FIRST = "quickstart.ipynb"
NEWS = "@jupyterlab/apputils-extension:announcements"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, or 1 after one sentence on stderr.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; those of the process when absent.
    """
    options = _parser().parse_args(argv)
    try:
        return options.run(options)
    except NbloopError as error:
        print(f"nbloop: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nbloop", description="Labeling widgets with a model in the loop.")
    parser.add_argument("--version", action="version", version=f"nbloop {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    demo = commands.add_parser("demo", help="open the example notebooks in JupyterLab")
    demo.add_argument("--dir", type=Path, default=Path("nbloop-demo"), help="where the copies go (%(default)s)")
    demo.add_argument("--no-browser", action="store_true", help="only print the URL")
    demo.add_argument("--port", type=int, help="a port of your choice; 8888 or the next free one when absent")
    demo.set_defaults(run=_demo)
    return parser


def _demo(options: argparse.Namespace) -> int:
    lab = _lab_app()  # first: without JupyterLab nothing is copied
    for kept in copy_notebooks(options.dir):
        print(f"kept your {kept}: it differs from the packaged one")
    with _without_news():
        server = lab.initialize_server(argv=_lab_arguments(options))
        server.io_loop.add_callback(_announce, server)  # runs after the callback that binds the port
        server.start()
    return 0


@contextmanager
def _without_news() -> Iterator[None]:
    """Keep JupyterLab from asking for news, also over the card, and from looking at every page if it is to be built."""
    with TemporaryDirectory() as folder:
        settings = Path(folder, "labconfig", "page_config.json")
        settings.parent.mkdir()
        settings.write_text(json.dumps({"disabledExtensions": {NEWS: True}, "buildCheck": False}))
        before = os.environ.get("JUPYTER_CONFIG_PATH", "")
        os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join([*filter(None, [before]), folder])
        yield


def _announce(server: Any) -> None:
    print(f"\n  nbloop demo: {server.display_url.splitlines()[0].strip()}\n", flush=True)


def notebooks() -> list[Path]:
    """Return the example notebooks: those of the wheel, or of the checkout in an editable install.

    Raises
    ------
    DataError
        The installation carries none.
    """
    package = Path(__file__).parent
    for folder in (package / "notebooks", package.parents[1] / "notebooks"):
        if (folder / FIRST).exists():
            return sorted(folder.glob("*.ipynb"))
    raise DataError(f"the example notebooks are not beside {package}. Reinstall: pip install --force-reinstall nbloop")


def copy_notebooks(folder: Path) -> list[Path]:
    """Copy the example notebooks into `folder`; one that is there stays as it is.

    Returns
    -------
    list of Path
        Files that were there already and differ from the packaged ones.

    Raises
    ------
    DataError
        `folder` cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [target for source in notebooks() if not _place(source, target := folder / source.name)]
    except OSError as error:
        raise DataError(f"cannot put notebooks into {folder}: {error.strerror}. Name another folder: --dir") from error


def _place(source: Path, target: Path) -> bool:
    """Copy unless the target exists; tell whether the target now equals the source."""
    if not target.exists():
        shutil.copyfile(source, target)
    return target.read_bytes() == source.read_bytes()


def _lab_app() -> Any:
    try:
        from jupyterlab.labapp import LabApp
    except ImportError as error:
        raise MissingExtra('the demo runs in JupyterLab, which is not installed: pip install "nbloop[lab]"') from error
    return LabApp


def _lab_arguments(options: argparse.Namespace) -> list[str]:
    arguments = [
        f"--ServerApp.root_dir={options.dir.resolve()}",
        f"--LabApp.default_url=/lab/tree/{FIRST}",
        "--ServerApp.log_level=WARN",
    ]
    if options.no_browser:
        arguments.append("--no-browser")
    if options.port:
        arguments.append(f"--ServerApp.port={options.port}")
    if getattr(os, "geteuid", lambda: 1)() == 0:  # containers; the server listens on this machine only
        arguments.append("--allow-root")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
