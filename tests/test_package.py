"""What pip gets: a wheel that carries the built bundle and the notebooks, or a sentence that says what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WIDGETS = ("labeler", "curve", "dashboard", "review", "gate", "errors")
BUNDLE = {f"nbloop/static/{name}.{kind}" for name in WIDGETS for kind in ("js", "css")}

INSTALLED = """
import pathlib, sys
sys.path.insert(0, {site!r})
import nbloop.cli, nbloop.widgets.labeler
print(nbloop.__file__)
nbloop.cli.copy_notebooks(pathlib.Path("demo"))
"""


def build(source: Path, out: Path, *what: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "build", "--no-isolation", *what, "--outdir", str(out), str(source)]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


def without_node() -> str:
    return str(Path(sys.executable).parent)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    done = build(ROOT, out, "--wheel")
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl"))


def test_the_wheel_carries_the_bundle_the_notebooks_and_its_types(wheel: Path):
    names = set(zipfile.ZipFile(wheel).namelist())
    notebooks = {f"nbloop/notebooks/{path.name}" for path in ROOT.glob("notebooks/*.ipynb")}
    assert len(notebooks) == 4
    assert names >= BUNDLE | notebooks | {"nbloop/py.typed"}
    assert any(name.endswith(".data/data/etc/jupyter/jupyter_server_config.d/nbloop.json") for name in names)
    assert {Path(name).suffix for name in names if name.startswith("nbloop/notebooks/")} == {".ipynb"}


def test_the_installed_wheel_copies_its_notebooks_and_finds_its_bundle(wheel: Path, tmp_path: Path):
    site = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", f"--target={site}", str(wheel)],
        check=True,
    )
    code = INSTALLED.format(site=str(site))
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.startswith(str(site)), done.stderr
    assert (tmp_path / "demo" / "quickstart.ipynb").exists()


def test_an_sdist_becomes_a_wheel_without_node(tmp_path: Path):
    done = build(ROOT, tmp_path, "--sdist")
    assert done.returncode == 0, done.stdout + done.stderr
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    source = next(path for path in tmp_path.iterdir() if path.is_dir())
    done = build(source, tmp_path, "--wheel", PATH=without_node())
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()) >= BUNDLE


@pytest.fixture
def unbuilt(tmp_path: Path) -> Path:
    """A checkout as it is before npm has run."""
    source = tmp_path / "source"
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("static", "__pycache__"))
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "package.json"):
        shutil.copy(ROOT / name, source)
    return source


def test_without_node_and_bundle_the_build_fails_with_a_sentence(unbuilt: Path, tmp_path: Path):
    done = build(unbuilt, tmp_path, "--wheel", PATH=without_node())
    assert done.returncode != 0
    assert "building the widgets needs Node 20 or newer with npm; found none on the PATH" in done.stdout + done.stderr
    assert not list(tmp_path.glob("*.whl"))


def test_the_widgets_can_be_left_out_on_purpose(unbuilt: Path, tmp_path: Path):
    done = build(unbuilt, tmp_path, "--wheel", PATH=without_node(), NBLOOP_SKIP_JS="1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not BUNDLE & set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
