"""Faults in a real JupyterLab while a person labels: killed kernels, cut wires, reloaded pages, races of two tabs.

    python benchmarks/browser_faults.py [--quick] [--only WORD] [--json FILE]

Each fault comes in the middle of answers, at a random moment, with subshells on and off, beside an idle and a busy
cell. Afterwards every answer that any page made is looked up in the journal. An answer is lost when the journal lacks
it, whether a page took it for saved or not; it is duplicated when it is there twice, or when two answers of the person
stand for one sample. The control modes forbid the page to store anything, so they must lose.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))

from driver import Notebook, chromium  # the rig of the browser tests
from lab import Lab, running
from ledger import Ledger
from person import Person
from playwright.sync_api import BrowserContext, Dialog, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError
from proxy import Proxy, proxied
from trouble import CELLS, FAULTS, Scene, race_tabs

SITUATIONS = {"subshells": (True, False), "subshells, busy": (True, True), "main thread": (False, False)}
SITUATIONS |= {"main thread, busy": (False, True)}
"""Name → whether widgets are answered on subshells, and whether a cell runs meanwhile."""


@dataclass
class Stage:
    """A server behind a proxy, and a browser whose tabs share what they store."""

    lab: Lab
    proxy: Proxy
    browser: BrowserContext

    def page(self, ledger: Ledger) -> Page:
        """Open a page that leaves when it is told to, and whose answers the ledger follows."""
        page = self.browser.new_page()
        page.on("dialog", Dialog.accept)
        ledger.follow(page)
        return page

    def scene(self, name: str, subshells: bool, busy: bool, keeps: bool = True) -> Scene:
        """Write a notebook with a store of its own."""
        self.lab.use_subshells(subshells)
        ledger = Ledger(keeps)
        notebook = Notebook(self.page(ledger), self.lab.through(self.proxy.port), name)
        notebook.write(*(cell.format(store=str(notebook.path.with_suffix(".db"))) for cell in CELLS))
        return Scene(notebook, self.proxy, ledger, random.Random(name), busy)


def strike(stage: Stage, fault: str, situation: str, times: int) -> dict[str, Any]:
    """Let one fault happen so many times at one notebook; a time that ends otherwise than it should is named."""
    scene = stage.scene(f"{fault}-{situation}".translate({32: "-", 44: None}), *SITUATIONS[situation])
    scene.begin()
    failed = 0
    for time in range(times):
        try:
            FAULTS[fault](scene)
        except (PlaywrightError, AssertionError) as error:
            failed += 1
            print(f"  {fault}, {situation}, time {time + 1}: {error}".splitlines()[0][:300], flush=True)
            scene.page.reload()
            scene.notebook.ready().run_all()
            Person(scene.page).sit_down()
            scene.settles()
    return close(stage, scene, f"{fault} ({situation})", times, failed=failed)


def race(stage: Stage, situation: str, times: int) -> dict[str, Any]:
    """Let two tabs of one notebook answer at one moment."""
    scene = stage.scene(f"race-{situation}".translate({32: "-", 44: None}), *SITUATIONS[situation])
    scene.begin()
    other = stage.page(scene.ledger)
    Notebook(other, scene.notebook.lab, scene.notebook.name).open()
    Person(other).sit_down()
    same = sum(race_tabs(scene, other) for _ in range(times))
    other.close()
    return close(stage, scene, f"two tabs ({situation})", times, same_card=same)


def forget(stage: Stage, times: int) -> dict[str, Any]:
    """Reload pages that may store nothing, with a kernel that was restarted: what was not saved is lost."""
    scene = stage.scene("control", True, False, keeps=False)
    scene.begin()
    for _ in range(times):
        scene.notebook.restart()
        scene.answer()
        expect(Person(scene.page).part("kernel")).to_contain_text("This browser stores nothing")
        scene.page.reload()
        scene.notebook.ready().run_all()
        Person(scene.page).sit_down()
    return close(stage, scene, "page reloaded, storing nothing", times, control=True)


def close(stage: Stage, scene: Scene, case: str, attempts: int, control: bool = False, **more: int) -> dict[str, Any]:
    """Close the page, end the kernel, and compare what was said with what is on disk."""
    scene.page.close()
    stage.lab.end_kernels()
    found = scene.ledger.audit(str(scene.notebook.path.with_suffix(".db")))
    made = len(scene.ledger.made)
    line = {"case": case, "attempts": attempts, **found, "control": control, "answers": made, **more}
    print(json.dumps(line), flush=True)
    return line


def run(stage: Stage, quick: bool, only: str) -> list[dict[str, Any]]:
    """Let everything happen whose name holds a word."""
    times = {"subshells": 1} if quick else {"subshells": 15, "subshells, busy": 10, "main thread": 15}
    times |= {} if quick else {"main thread, busy": 10}
    races = {"subshells": 2} if quick else {"subshells": 10, "main thread": 10}
    found = [strike(stage, name, where, n) for name in FAULTS if only in name for where, n in times.items()]
    if only in "two tabs":
        found += [race(stage, where, n) for where, n in races.items()]
    return [*found, forget(stage, 1 if quick else 5)] if only in "control" else found


def table(found: list[dict[str, Any]]) -> None:
    """Print what was lost."""
    print("| what happened | times | answers | acknowledged | lost | duplicated |\n|---|---|---|---|---|---|")
    for line in found:
        case = f"control: {line['case']}" if line["control"] else line["case"]
        cells = (case, line["attempts"], line["answers"], line["acknowledged"], line["lost"], line["duplicated"])
        print(f"| {' | '.join(map(str, cells))} |")


def browse(lab: Lab, proxy: Proxy, quick: bool, only: str) -> list[dict[str, Any]]:
    """Open a browser for all that happens."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**chromium())
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        found = run(Stage(lab, proxy, context), quick, only)
        browser.close()
    return found


def main() -> int:
    """Start a server behind a proxy and a browser, let things break, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="each fault once; under 60 s on a quiet machine")
    parser.add_argument(
        "--only", default="", help="cases whose name holds this word: kernel, wire, page, tabs, control"
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    expect.set_options(timeout=30_000)  # ms
    started = perf_counter()
    with tempfile.TemporaryDirectory() as home, running(Path(home)) as lab, proxied(lab.port) as proxy:
        found = browse(lab, proxy, options.quick, options.only)
    table(found)
    print(f"{perf_counter() - started:.0f} s")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))
    harmed = [line for line in found if not line["control"] and (line["lost"] or line["duplicated"])]
    return bool(harmed) or not all(line["lost"] for line in found if line["control"])


if __name__ == "__main__":
    sys.exit(main())
