"""``nbloop demo``: notebooks to play with, in a JupyterLab that says where it is."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

import nbloop
from nbloop.cli import NEWS, copy_notebooks, main, notebooks


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"nbloop {nbloop.__version__}\n"


def test_the_demo_serves_the_quickstart_at_the_url_that_it_prints(tmp_path: Path):
    command = [sys.executable, "-m", "nbloop.cli", "demo", "--no-browser", "--dir", str(tmp_path / "demo")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            urls = (re.search(r"nbloop demo: (http\S+)", line) for line in server.stdout)
            url = next(match[1] for match in urls if match)
            page, token = url.split("?token=")
            assert page.endswith("/lab/tree/quickstart.ipynb")
            contents = page.replace("/lab/tree/", "/api/contents/") + f"?token={token}"
            with urllib.request.urlopen(contents, timeout=30) as answer:
                assert answer.status == 200
            with urllib.request.urlopen(url, timeout=30) as answer:
                config = re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', answer.read().decode(), re.DOTALL)
            assert config
            settings = json.loads(config[1])
            assert NEWS in settings["disabledExtensions"]
            assert settings["buildCheck"] is False
        finally:
            server.terminate()
    assert {path.name for path in (tmp_path / "demo").glob("*.ipynb")} == {path.name for path in notebooks()}


def test_a_notebook_that_a_person_edited_stays_as_it_is(tmp_path: Path):
    assert copy_notebooks(tmp_path) == []
    mine = tmp_path / "text.ipynb"
    mine.write_text("mine")
    assert copy_notebooks(tmp_path) == [mine]
    assert mine.read_text() == "mine"


def test_a_folder_that_cannot_be_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "file").write_text("")
    assert main(["demo", "--dir", str(tmp_path / "file")]) == 1
    assert re.fullmatch(r"nbloop: cannot put notebooks into .*file: .* --dir\n", capsys.readouterr().err)


def test_without_jupyterlab_the_pip_command_is_told_and_nothing_is_copied(tmp_path: Path):
    code = "import sys; sys.modules['jupyterlab'] = None; from nbloop.cli import main; sys.exit(main(['demo']))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().endswith('not installed: pip install "nbloop[lab]"')
    assert list(tmp_path.iterdir()) == []
