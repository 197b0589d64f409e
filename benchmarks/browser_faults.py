"""Faults in a real JupyterLab while a person labels: killed kernels, cut wires, reloaded pages, races of two tabs.

    python benchmarks/browser_faults.py [--quick] [--only WORD ...] [--resume FILE] [--json FILE]

Each fault comes in the middle of answers, at a random moment, with subshells on and off, beside an idle and a busy
cell. Afterwards every answer that any page made is looked up in the journal. An answer is lost when the journal lacks
it, whether a page took it for saved or not; it is duplicated when it is there twice, or when two answers of the person
stand for one sample. The control modes forbid the page to store anything, so they must lose.

The whole run takes an hour or more. With --resume it keeps each part in a file, goes on where it was cut short, and
prints what all parts have found; the same command once more prints it again.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))

from driver import LIMIT, Notebook, chromium  # the rig of the browser tests
from lab import Lab, running
from ledger import Ledger
from person import Person
from playwright.sync_api import BrowserContext, Dialog, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError
from proxy import Proxy, proxied
from trouble import FAULTS, Scene, race_tabs, sit_down

from _parts import Line, Parts

SITUATIONS = {"subshells": (True, False), "subshells, busy": (True, True), "main thread": (False, False)}
SITUATIONS |= {"main thread, busy": (False, True)}
"""Name → whether widgets are answered on subshells, and whether a cell runs meanwhile."""

FULL = {"subshells": 15, "subshells, busy": 10, "main thread": 15, "main thread, busy": 10}
RACES = 5
COUNTS = ("attempts", "answers", "acknowledged", "lost", "duplicated")


@dataclass
class Stage:
    """A server behind a proxy, and a browser whose tabs share what they store."""

    lab: Lab
    proxy: Proxy
    browser: BrowserContext

    def page(self, ledger: Ledger) -> Page:
        """Open a page that leaves when it is told to, and whose answers the ledger follows."""
        page = self.browser.new_page()
        page.set_default_timeout(LIMIT)
        page.on("dialog", Dialog.accept)
        ledger.follow(page)
        return page

    def scene(self, name: str, subshells: bool, busy: bool, keeps: bool = True) -> Scene:
        """Write a notebook with a store of its own."""
        self.lab.use_subshells(subshells)
        ledger = Ledger(keeps)
        name = name.translate({32: "-", 44: None, 40: None, 41: None})
        notebook = Notebook(self.page(ledger), self.lab.through(self.proxy.port), name)
        return Scene(notebook, self.proxy, ledger, random.Random(name), busy).write()


@dataclass
class Part:
    """Some faults of one kind in one situation, at a notebook of their own."""

    word: str
    case: str
    times: int
    play: Callable[[Stage, Part], Line]
    situation: str = "subshells"

    def is_called(self, name: str) -> bool:
        """Tell whether a person means this part, by a word or by the whole name of the case."""
        return name in self.word or name == self.case

    def scene(self, stage: Stage, **options: bool) -> Scene:
        return stage.scene(self.case, *SITUATIONS[self.situation], **options)


def strike(stage: Stage, part: Part) -> Line:
    """Let one fault happen so many times at one notebook; a time that ends otherwise than it should is named."""
    scene = part.scene(stage)
    scene.begin()
    failed = sum(not as_it_should(part, scene, time) for time in range(part.times))
    return close(stage, scene, part, failed=failed)


def as_it_should(part: Part, scene: Scene, time: int) -> bool:
    """Let the fault happen once; after one that ended otherwise, load the page and run the cell again."""
    try:
        FAULTS[part.word](scene)
        return True
    except (PlaywrightError, AssertionError) as error:
        print(f"  {part.case}, time {time + 1}: {error!r}"[:2000], flush=True)
        scene.notebook.screenshot(f"{scene.notebook.name}-{time + 1}")
        scene.release()
        scene.page.reload()
        scene.run()
        scene.settles()
        return False


def race(stage: Stage, part: Part) -> Line:
    """Let two tabs of one notebook answer at one moment."""
    scene = part.scene(stage)
    scene.begin()
    other = stage.page(scene.ledger)
    sit_down(Notebook(other, scene.notebook.lab, scene.notebook.name).open())
    same = sum(race_tabs(scene, other) for _ in range(part.times))
    other.close()
    return close(stage, scene, part, same_card=same, failed=0)


def forget(stage: Stage, part: Part) -> Line:
    """Reload pages that may store nothing, with a kernel that was restarted: what was not saved is lost."""
    scene = part.scene(stage, keeps=False)
    scene.begin()
    for _ in range(part.times):
        scene.notebook.restart()
        scene.answer()
        expect(Person(scene.page).part("kernel")).to_contain_text("This browser stores nothing")
        scene.page.reload()
        scene.run()
    return close(stage, scene, part, control=True, failed=0)


def close(stage: Stage, scene: Scene, part: Part, control: bool = False, **more: int) -> Line:
    """Close the page, end the kernel, and compare what was said with what is on disk."""
    scene.page.close()
    stage.lab.end_kernels()
    found = scene.ledger.audit(scene.store)
    line = {"case": part.case, "attempts": part.times, "answers": len(scene.ledger.made), **found, "control": control}
    return line | more


def parts(quick: bool) -> Iterator[Part]:
    """Return all that is to happen."""
    for word in FAULTS:
        for where, times in ({"subshells": 1} if quick else FULL).items():
            yield Part(word, f"{word} ({where})", times, strike, where)
    for where in ["subshells"] if quick else SITUATIONS:
        yield Part("two tabs", f"two tabs at one moment ({where})", 2 if quick else RACES, race, where)
    yield Part("control", "page reloaded that may store nothing", 1 if quick else 5, forget)


def table(found: list[Line]) -> None:
    """Print what was lost, in each situation and in all of them."""
    print("| what happened | times | answers | acknowledged | lost | duplicated |\n|---|---|---|---|---|---|")
    for _, group in groupby(found, key=lambda line: line["case"].split(" (")[0]):
        lines = list(group)
        for line in lines:
            row("control: " * line["control"] + line["case"], [line])
        if len(lines) > 1:
            row(f"**{lines[0]['case'].split(' (')[0]}, in all**", lines)
    print(f"{sum(line['failed'] for line in found)} times ended otherwise than expected")


def row(case: str, lines: list[Line]) -> None:
    """Print one line of the table."""
    same = sum(line.get("same_card", 0) for line in lines)
    case += f", {same} times on one card" if same else ""
    counts = [sum(line[name] for line in lines) for name in COUNTS]
    print(f"| {case} | {' | '.join(map(str, counts))} |")


def play(lab: Lab, proxy: Proxy, kept: Parts, wanted: list[Part]) -> None:
    """Open a browser for all that happens."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**chromium())
        stage = Stage(lab, proxy, browser.new_context(viewport={"width": 1280, "height": 900}))
        for part in wanted:
            if kept.of(part.case, part.times):  # another run on the same file was faster
                continue
            started = perf_counter()
            line = part.play(stage, part) | {"seconds": round(perf_counter() - started)}
            kept.add(line)
            print(json.dumps(line), flush=True)
        browser.close()


def main() -> int:
    """Start a server behind a proxy and a browser, let things break, count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="each fault once; a minute or two")
    parser.add_argument(
        "--only", nargs="*", default=[""], help="words (kernel, wire, page, tabs, control) or whole cases"
    )
    parser.add_argument("--resume", type=Path, help="keep the parts in this file, and run those that it lacks")
    parser.add_argument("--json", type=Path, help="write the sums to this file")
    options = parser.parse_args()
    expect.set_options(timeout=LIMIT)
    kept = Parts(options.resume)
    mine = [part for part in parts(options.quick) if any(part.is_called(name) for name in options.only)]
    wanted = [part for part in mine if kept.of(part.case, part.times) is None]
    if wanted:
        with tempfile.TemporaryDirectory() as home, running(Path(home)) as lab, proxied(lab.port) as proxy:
            play(lab, proxy, kept, wanted)
    return verdict(kept, mine, options.json)


def verdict(kept: Parts, mine: list[Part], path: Path | None) -> int:
    """Print the sums in the order of what is to happen; return what the shell should know."""
    found = [line for part in mine if (line := kept.of(part.case, part.times))]
    table(found)
    print(f"{sum(line['seconds'] for line in found)} s")
    if path:
        path.write_text(json.dumps(found, indent=1))
    harmed = [line for line in found if not line["control"] and (line["lost"] or line["duplicated"])]
    return bool(harmed) or not all(line["lost"] for line in found if line["control"])


if __name__ == "__main__":
    sys.exit(main())
