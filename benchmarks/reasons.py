"""How soon the reasons stand on a card in a real JupyterLab, and whether the next card comes any later for them.

    python benchmarks/reasons.py [--quick] [--json FILE]

A person's keys are pressed on the live labeler, first with the reasons closed, then open. Two times are taken:
`glance`, from the press to the frame that shows the next card, and `reasons`, from that frame to the one that shows
what counts in it. Every answer is learned meanwhile, as it is in use.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))

from driver import Notebook, chromium  # the rig of the browser tests
from lab import running
from playwright.sync_api import Page, sync_playwright

from latency import PACE, summary

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

CASES = [("texts", 20_000, "auto"), ("texts", 20_000, "forest"), ("rows", 100_000, "auto"), ("rows", 100_000, "forest"),
         ("images", 1_000, "auto")]  # fmt: skip

# From the event's own timestamp to the frame after the one in which the card changed; then to the frame in which the
# reasons of that card stand there.
PROBE = """() => {
    window.probe = {glance: [], reasons: []};
    const part = id => document.querySelector(`[data-testid=${id}]`)?.dataset.sample;
    const painted = then => requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = then;
        channel.port2.postMessage(null);
    });
    window.addEventListener('keydown', event => {
        const before = part('card');
        painted(() => {
            const card = part('card'), at = performance.now();
            if (card === before) return;
            probe.glance.push(at - event.timeStamp);
            const look = () => {
                if (part('card') !== card) return;
                if (part('reasons') === card) painted(() => probe.reasons.push(performance.now() - at));
                else requestAnimationFrame(look);
            };
            if (document.querySelector('[data-testid=why]')) look();
        });
    }, true);
}"""


def press(page: Page, presses: int) -> dict[str, list[float]]:
    """Answer cards at a fast person's pace; return the milliseconds of each."""
    page.evaluate("() => { probe.glance = []; probe.reasons = []; }")
    for i in range(presses):
        page.keyboard.press("12"[i % 2])
        page.wait_for_timeout(PACE)
    return page.evaluate("() => ({glance: probe.glance, reasons: probe.reasons})")


def run(kind: str, rows: int, learner: str, presses: int, page: Page, lab: Any) -> dict[str, Any]:
    """Measure one kind of samples with one learner."""
    cells = START + DATA[kind].format(rows=rows, learner=learner), LOOP.format(learner=learner)
    Notebook(page, lab, f"{kind}-{learner}").write(*cells).open().run_all()
    page.locator("[data-testid=card][data-sample]").wait_for()
    page.evaluate(PROBE)
    page.locator("[data-testid=card]").click()
    press(page, 5)  # the first ones load and compile
    closed = press(page, presses)
    page.keyboard.press("?")
    page.locator("[data-testid=reasons]").wait_for()
    opened = press(page, presses)
    lab.end_kernels()
    found = {"kind": kind, "rows": rows, "learner": learner, "presses": presses, "shown": len(opened["reasons"])}
    found |= {"glance_closed": summary(closed["glance"], 95), "glance_open": summary(opened["glance"], 95)}
    return found | {"reasons": summary(opened["reasons"], 95)}


def table(found: list[dict[str, Any]]) -> None:
    """Print what was measured."""
    print("| samples | learner | reasons median | p95 | shown | glance closed median | p95 | open median | p95 |")
    print("|---|---|---|---|---|---|---|---|---|")
    for line in found:
        reasons, closed, opened = line["reasons"], line["glance_closed"], line["glance_open"]
        print(
            f"| {line['rows']:,} {line['kind']} | {line['learner']} "
            f"| {reasons['median_ms']:.0f} | {reasons['p95_ms']:.0f} | {line['shown']} of {line['presses']} "
            f"| {closed['median_ms']:.1f} | {closed['p95_ms']:.1f} "
            f"| {opened['median_ms']:.1f} | {opened['p95_ms']:.1f} |"
        )


def main() -> None:
    """Start a server and a browser, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few texts and presses; under 60 s")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    cases, presses = ([("texts", 2_000, "auto")], 20) if options.quick else (CASES, 40)
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
