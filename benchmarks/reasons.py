"""How soon what counts is marked on a card in a real JupyterLab, and whether the next card comes any later for it.

    python benchmarks/reasons.py [--quick | --kernel] [--json FILE]

A person's keys are pressed on the live labeler with the reasons closed and open in turn. Three times are taken:
`glance`, from the press to the frame that shows the next card; `marked`, from that frame to the one that has the words,
columns or regions marked, 0 where it is the same one; and `first`, from the press that opens the reasons to the frame
that has those of the card in front, which was looked at for a second. Every answer is learned meanwhile.
With `--kernel` no browser is opened: printed is the CPU time of one explanation, which a busy machine moves less.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))

from driver import Notebook, chromium  # the rig of the browser tests
from lab import running
from playwright.sync_api import Page, sync_playwright

from latency import PACE, summary

LOOK = 1000
"""Milliseconds that a card is looked at before somebody asks why."""

ROUNDS = 4
"""Turns without and with reasons."""

START = """
import warnings, numpy as np, pandas as pd, nbloop
warnings.simplefilter("ignore")  # of near-duplicates in made-up samples
from nbloop.examples import INTENTS, tickets
from PIL import Image
from sklearn.datasets import load_digits
rng = np.random.default_rng(0)
"""

DATA = {
    "texts": """
data = nbloop.Dataset(tickets({rows}), id="ticket", content="text", task=nbloop.Classification(INTENTS),
                      golden=200 / {rows}, truth="intent", store="reasons-texts-{learner}.db")""",
    "rows": """
y = rng.integers(1, 3, size={rows})
table = pd.DataFrame(rng.normal(size=({rows}, 30)) + 0.3 * y[:, None]).add_prefix("column ")
data = nbloop.Dataset(table, id=range({rows}), task=nbloop.Classification([1, 2]), golden=200 / {rows},
                      truth=dict(enumerate(y.tolist())), store="reasons-rows-{learner}.db")""",
    "images": """
digits = load_digits()
images = [Image.fromarray((image * 15).astype(np.uint8)).resize((320, 320)) for image in digits.images[:{rows}]]
data = nbloop.Dataset(images, id=range({rows}), task=nbloop.Classification(range(10)), golden=0.1,
                      truth=digits.target[:{rows}].tolist(), store="reasons-images-{learner}.db")""",
}

LOOP = """
loop = nbloop.Loop(data, learner={learner!r})
loop.simulate(n=60, batch=20)
loop.wait()
loop.labeler()
"""

LEARNERS = {"linear": "auto", "other": "forest"}

SIZES = {"texts": 20_000, "rows": 100_000, "images": 1_000}

ALONE = {"texts": 5_000, "rows": 20_000, "images": 1_000}
"""Sizes for the kernel alone."""

# From the event's own timestamp to the frame after the one in which the card changed; then to the frame in which what
# counts in it is marked, the picture of an image's regions being decoded.
PROBE = """() => {
    window.probe = {glance: [], marked: [], first: []};
    const card = () => document.querySelector('[data-testid=card]')?.dataset.sample;
    const isMarked = () => {
        const face = document.querySelector('[data-current=true][data-explained]');
        return face !== null && [...face.querySelectorAll('[data-testid=heat]')].every(heat => heat.complete);
    };
    const painted = then => requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = then;
        channel.port2.postMessage(null);
    });
    const until = (then, shown) => {
        if (card() !== shown) return;
        if (isMarked()) then();
        else requestAnimationFrame(() => until(() => painted(then), shown));
    };
    window.addEventListener('keydown', event => {
        const before = card(), why = event.key === '?';
        painted(() => {
            const at = performance.now(), shown = card();
            if (why) until(() => probe.first.push(performance.now() - event.timeStamp), before);
            if (shown === before) return;
            probe.glance.push(at - event.timeStamp);
            if (!document.querySelector('[data-testid=why]')) return;
            if (isMarked()) probe.marked.push(0);
            else until(() => probe.marked.push(performance.now() - at), shown);
        });
    }, true);
}"""


def press(page: Page, presses: int) -> dict[str, list[float]]:
    """Answer cards at a fast person's pace; return the milliseconds of each."""
    page.evaluate("() => { probe.glance = []; probe.marked = []; }")
    for i in range(presses):
        page.keyboard.press("12"[i % 2])
        page.wait_for_timeout(PACE)
    return page.evaluate("() => ({glance: probe.glance, marked: probe.marked})")


def ask_why(page: Page) -> None:
    """Look at the card, open the reasons, and wait until it has its own."""
    page.wait_for_timeout(LOOK)
    page.keyboard.press("?")
    page.locator("[data-current=true][data-explained]").wait_for()
    page.wait_for_timeout(PACE)


def turns(page: Page, presses: int) -> dict[str, list[float]]:
    """Answer cards without and with reasons in turn, so that both meet the same machine and the same model."""
    found: dict[str, list[float]] = {"closed": [], "open": [], "marked": []}
    for _ in range(ROUNDS):
        found["closed"] += press(page, presses // ROUNDS)["glance"]
        ask_why(page)
        opened = press(page, presses // ROUNDS)
        found["open"] += opened["glance"]
        found["marked"] += opened["marked"]
        page.keyboard.press("?")
        page.wait_for_timeout(PACE)
    return found | {"first": page.evaluate("() => probe.first")}


def run(kind: str, rows: int, learner: str, presses: int, page: Page, lab: Any) -> dict[str, Any]:
    """Measure one kind of samples with one learner."""
    named = LEARNERS[learner]
    cells = START + DATA[kind].format(rows=rows, learner=learner), LOOP.format(learner=named)
    Notebook(page, lab, f"{kind}-{learner}").write(*cells).open().run_all()
    page.locator("[data-testid=card][data-sample]").wait_for()
    page.evaluate(PROBE)
    page.locator("[data-testid=card]").click()
    ask_why(page)
    press(page, 5)  # the first ones load and compile
    page.keyboard.press("?")
    page.evaluate("() => { probe.first = []; }")
    times = turns(page, presses)
    lab.end_kernels()
    found = {"kind": kind, "rows": rows, "learner": learner, "presses": presses, "load": os.getloadavg()[0]}
    found |= {"shown": len(times["marked"]), "at_once": times["marked"].count(0)}
    return found | {name: summary(each, 95) for name, each in times.items()}


def alone(kind: str, rows: int, learner: str) -> None:
    """Print the CPU time of one explanation in the kernel, and of the first, which works out what is usual."""
    made: dict[str, Any] = {}
    exec(START + DATA[kind].format(rows=rows, learner=learner) + LOOP.format(learner=LEARNERS[learner]), made)
    labeler, times = made["loop"].labeler(), []
    for sample in made["loop"].ask(40):
        start = time.thread_time()
        labeler._beside["reasons"].wire.answer({"id": "r", "body": {"kind": "explain", "sample": str(sample.id)}})
        times.append((time.thread_time() - start) * 1000)
    print(f"| {rows:,} {kind} | {learner} | {statistics.median(times):.1f} | {times[0]:.1f} |", flush=True)
    made["loop"].close()


def kernel() -> None:
    """Measure the kernel alone, in a folder of its own."""
    print("| samples | learner | CPU ms, median | the first |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as home:
        os.chdir(home)
        for kind, rows in ALONE.items():
            for learner in LEARNERS:
                alone(kind, rows, learner)


def table(found: list[dict[str, Any]]) -> None:
    """Print what was measured."""
    print(f"{os.cpu_count()} cores; the load is that of the last minute of each line.\n")
    print("| samples | learner | marked median | p95 | with the card | before the next key | first median "
          "| glance closed median | p95 | open median | p95 | load |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for line in found:
        marked, closed, opened = line["marked"], line["closed"], line["open"]
        print(
            f"| {line['rows']:,} {line['kind']} | {line['learner']} "
            f"| {marked['median_ms']:.0f} | {marked['p95_ms']:.0f} | {line['at_once']} | {line['shown']} of "
            f"{line['presses']} | {line['first']['median_ms']:.0f} "
            f"| {closed['median_ms']:.1f} | {closed['p95_ms']:.1f} "
            f"| {opened['median_ms']:.1f} | {opened['p95_ms']:.1f} | {line['load']:.1f} |"
        )


def main() -> None:
    """Start a server and a browser, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few texts and presses; under 60 s")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--kernel", action="store_true", help="no browser: the kernel's CPU time of one explanation")
    options = parser.parse_args()
    if options.kernel:
        return kernel()
    cases = [(kind, rows, learner) for kind, rows in SIZES.items() for learner in LEARNERS]
    cases, presses = ([("texts", 2_000, "linear")], 20) if options.quick else (cases, 60)
    with tempfile.TemporaryDirectory() as home, running(Path(home)) as lab, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**chromium())
        page = browser.new_page()
        found = [run(*case, presses, page, lab) for case in cases]
        browser.close()
    table(found)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
