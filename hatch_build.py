"""Builds the browser's side into the wheel, only when it is older than its sources."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WIDGETS = ("labeler", "curve", "dashboard", "review", "gate", "errors")
BUNDLE = tuple(f"{name}.{kind}" for name in WIDGETS for kind in ("js", "css"))
SOURCES = ("js/src/**/*", "js/build.mjs", "package.json", "package-lock.json", "tsconfig.json")


class BundleHook(BuildHookInterface):
    """``npm run build`` before packaging; notebooks go into the wheel as ``nbloop/notebooks``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Bring the bundle up to date and name what the wheel carries beside the package."""
        root = Path(self.root)
        if needs_build(root) and not os.environ.get("NBLOOP_SKIP_JS"):
            build(root)
        if self.target_name == "wheel" and version == "standard":  # an editable install reads them where they are
            for notebook in sorted(root.glob("notebooks/*.ipynb")):
                build_data["force_include"][str(notebook)] = f"nbloop/notebooks/{notebook.name}"


def needs_build(root: Path) -> bool:
    """Whether a file of the bundle is missing, or older than a source; an sdist carries it ready."""
    bundle = [root / "src/nbloop/static" / name for name in BUNDLE]
    if not all(file.exists() for file in bundle):
        return True
    if (root / "PKG-INFO").exists():
        return False
    sources = [file for pattern in SOURCES for file in root.glob(pattern) if file.is_file()]
    return min(file.stat().st_mtime for file in bundle) < max((file.stat().st_mtime for file in sources), default=0)


def build(root: Path) -> None:
    """Run npm, or say in a sentence what is missing."""
    npm = shutil.which("npm") if shutil.which("node") else None
    if npm is None:
        raise SystemExit(
            "nbloop: building the widgets needs Node 20 or newer with npm; found none on the PATH. "
            "Install it from https://nodejs.org, or install a released wheel: pip install nbloop."
        )
    if not (root / "node_modules").exists():
        subprocess.run([npm, "install", "--no-save", "--no-audit", "--no-fund"], cwd=root, check=True)
    subprocess.run([npm, "run", "build"], cwd=root, check=True)
