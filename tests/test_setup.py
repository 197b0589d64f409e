"""What a set-up needs and cannot install: found, or one sentence that says what would do."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOOLS = ("sh", "sed", "id", "env")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A PATH of its own, with nothing on it but what a shell script needs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        (folder / tool).symlink_to(str(shutil.which(tool)))
    return folder


def put(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!{shutil.which('sh')}\n{script}\n")
    program.chmod(0o755)


def require(path: Path, what: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", str(ROOT / "tools" / "require.sh"), what]
    return subprocess.run(command, env={"PATH": str(path)} | environment, capture_output=True, text=True, check=False)


def test_an_old_python_is_one_sentence(path: Path):
    put(path, "python3", 'if [ "$1" = --version ]; then echo Python 3.10.9; else exit 1; fi')
    done = require(path, "python")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("nbloop: Python 3.11 or newer is needed, with its venv module; found: Python 3.10.9.")


def test_no_python_is_one_sentence(path: Path):
    done = require(path, "python")
    assert done.returncode == 1
    assert "found: none that runs." in done.stderr


def test_a_new_python_beside_an_old_one_is_found(path: Path):
    put(path, "python3", "exit 1")
    (path / "python3.11").symlink_to(sys.executable)
    assert require(path, "python").stdout == f"{path}/python3.11\n"


@pytest.mark.parametrize(
    ("version", "found"),
    [("v18.19.0", "found: v18.19.0. Install it from https://nodejs.org"), (None, "found: none.")],
)
def test_an_old_node_or_none_is_one_sentence(path: Path, version: str | None, found: str):
    if version:
        put(path, "node", f"echo {version}")
    done = require(path, "node")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("nbloop: Node 20 or newer is needed to build the widgets;")
    assert found in done.stderr


def test_a_node_without_npm_is_one_sentence(path: Path):
    put(path, "node", "echo v20.1.0")
    assert "npm is needed to build the widgets; found: Node v20.1.0 without it." in require(path, "node").stderr


def test_a_new_node_is_found(path: Path):
    put(path, "node", "echo v22.3.0")
    put(path, "npm", "exit 0")
    assert require(path, "node").stdout == f"{path}/node\n"


def test_a_chromium_that_is_no_program_is_one_sentence(path: Path, tmp_path: Path):
    done = require(path, "chromium", NBLOOP_CHROMIUM=str(tmp_path / "none"))
    assert done.stderr.startswith("nbloop: NBLOOP_CHROMIUM must be a program; found:")


@pytest.mark.parametrize("target", ["demo", "test"])
def test_make_stops_at_the_sentence_and_makes_nothing(path: Path, tmp_path: Path, target: str):
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    copy = tmp_path / "clone"
    copy.mkdir()
    for name in ("Makefile", "tools", "package.json", "package-lock.json", "tsconfig.json", "pyproject.toml", "js"):
        (copy / name).symlink_to(ROOT / name)
    (copy / "hatch_build.py").symlink_to(ROOT / "hatch_build.py")
    for tool in ("find", "touch", "mkdir"):
        (path / tool).symlink_to(str(shutil.which(tool)))
    put(path, "python3", 'if [ "$1" = --version ]; then echo Python 3.9.1; else exit 1; fi')
    done = subprocess.run(
        [make, target], cwd=copy, env={"PATH": str(path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "nbloop: Python 3.11 or newer is needed, with its venv module; found: Python 3.9.1." in done.stderr
    assert not (copy / ".venv").exists()
    assert not (copy / "node_modules").exists()
