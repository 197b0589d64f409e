"""The glance and memory clocks in a real JupyterLab: key press to next card painted, answer to durable acknowledgement.

    python benchmarks/latency.py [--quick] [--rows N ...] [--json FILE]

For each pool size a person's keys are pressed on the live labeler: with an idle kernel, while a slow model trains, and
while a cell runs ``time.sleep``. Three times are taken: `glance`, from the press to the frame that shows the next card;
`saved`, from the press to the page knowing that the answer is durable, behind the frame that the press paints; and
`acknowledge`, the same answer sent by a page that paints nothing meanwhile. Beside them are `floor`, a bare comm round
trip of the same page, for which the kernel says "busy" and JupyterLab draws its toolbar anew, and `commit`, one row
made durable by SQLite alone, with the store's settings, in the same kernel.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))

from driver import Notebook, chromium  # the rig of the browser tests
from lab import running
from playwright.sync_api import Page, sync_playwright

PACE = 300
"""Milliseconds between two presses: a fast person."""

DATA = """
import numpy as np, time, nbloop
rows = {rows}
rng = np.random.default_rng(0)
centres = rng.normal(size=(10, 64)) * 0.6
y = rng.integers(10, size=rows)
X = (centres[y] + rng.normal(size=(rows, 64))).astype(np.float32)
data = nbloop.Dataset([f"sample {{i}} of {{rows}}" for i in range(rows)], id=range(rows), features=X,
                      task=nbloop.Classification(range(10)), golden=200 / rows, truth=dict(enumerate(y.tolist())),
                      store="latency-{name}.db")
"""

SITUATIONS = {
    "idle": "loop = nbloop.Loop(data)",
    "training": """
class Slow(nbloop.learners.Logistic):
    def fit(self, X, y): time.sleep(1); return super().fit(X, y)
    def update(self, X, y): time.sleep(1); return super().update(X, y)
loop = nbloop.Loop(data, learner=Slow())""",
    "busy": "loop = nbloop.Loop(data)",
}

FLOOR = """
def _echo(comm, _):
    comm.on_msg(lambda message: comm.send(message["content"]["data"]))
get_ipython().kernel.comm_manager.register_target("floor", _echo)
"""

COMMITS = """
import json, sqlite3
from nbloop.engine import SETTINGS
bare, times = sqlite3.connect("bare-{name}.db", isolation_level=None), []
for setting, value in SETTINGS.items(): bare.execute(f"PRAGMA {{setting}}={{value}}").fetchall()
bare.execute("CREATE TABLE rows (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, payload TEXT)")
for i in range({count}):
    start = time.perf_counter()
    bare.execute("BEGIN IMMEDIATE")
    bare.execute("INSERT INTO rows VALUES (?, hex(randomblob(16)), hex(zeroblob(200)))", [i])
    bare.execute("COMMIT")
    times.append((time.perf_counter() - start) * 1000)
    time.sleep({pace} / 1000)
print(json.dumps(times))
"""

# Times a press from the event's own timestamp to the frame after the one in which the card changed, and a `tell` from
# the moment it leaves the page to the moment its reply is back.
PROBE = """() => {
    window.probe = {glance: [], saved: [], sent: {}, labeler: null};
    const card = () => document.querySelector('[data-testid=card]')?.dataset.sample;
    window.addEventListener('keydown', event => {
        const before = card();
        requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = () => {
                if (card() !== before) probe.glance.push(performance.now() - event.timeStamp);
            };
            channel.port2.postMessage(null);
        });
    }, true);
    const kernel = jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
    kernel.anyMessage.connect((_, {msg, direction}) => {
        const content = msg.content?.data?.content;
        if (direction === 'send' && content?.body?.kind === 'tell') {
            probe.sent[content.id] = performance.now();
            probe.labeler = msg.content.comm_id;
            probe.subshell = msg.header.subshell_id;
        }
        const sent = probe.sent[content?.reply_to];
        if (direction === 'recv' && sent) probe.saved.push(performance.now() - sent);
    });
}"""

BUSY = """code => {
    jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.requestExecute({code});
}"""

# The same `tell` as the labeler's own, over its own comm.
TELLS = """async ([count, pace]) => {
    const kernel = jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
    const times = [];
    for (let i = 0; i < count; i++) {
        const id = crypto.randomUUID();
        const action = {kind: 'annotate', sample: String(i), value: String(i % 10), seconds: 0.3};
        const body = {kind: 'tell', marks: [{id: crypto.randomUUID(), at: new Date().toISOString(), action}]};
        const replied = new Promise(done => {
            const hear = (_, {msg, direction}) => {
                if (direction !== 'recv' || msg.content?.data?.content?.reply_to !== id) return;
                kernel.anyMessage.disconnect(hear);
                done(msg.content.data.content);
            };
            kernel.anyMessage.connect(hear);
        });
        const content = {comm_id: probe.labeler, data: {method: 'custom', content: {id, body}}};
        const start = performance.now();
        kernel.sendShellMessage({
            header: {msg_id: crypto.randomUUID(), msg_type: 'comm_msg', session: kernel.clientId, username: '',
                     date: new Date().toISOString(), version: '5.2', subshell_id: probe.subshell},
            parent_header: {}, metadata: {}, channel: 'shell', buffers: [], content,
        }, false, true);
        const reply = await replied;
        times.push(performance.now() - start);
        if (reply.error || reply.body.refused.length) throw new Error(JSON.stringify(reply));
        await new Promise(done => setTimeout(done, pace));
    }
    return times;
}"""

ROUND_TRIPS = """async ([count, pace]) => {
    const kernel = jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
    const comm = kernel.createComm('floor');
    await comm.open().done;
    const times = [];
    for (let i = 0; i < count; i++) {
        const start = performance.now();
        await new Promise(done => { comm.onMsg = done; comm.send({i}); });
        times.push(performance.now() - start);
        await new Promise(done => setTimeout(done, pace));
    }
    return times;
}"""


def measure(notebook: Notebook, situation: str, presses: int) -> dict[str, list[float]]:
    """Press keys on the live labeler, then send answers past it; return the milliseconds of each."""
    page = notebook.open().run_all().page
    page.locator("[data-testid=card][data-sample]").wait_for()
    page.evaluate(PROBE)
    page.locator("[data-testid=card]").click()
    if situation == "busy":
        page.evaluate(BUSY, f"time.sleep({max(10, 3 * presses * PACE // 2000)})")
    for i in range(presses):
        page.keyboard.press(str(i % 10))
        page.wait_for_timeout(PACE)
    page.wait_for_function("() => probe.saved.length > 0", timeout=60_000)
    found = page.evaluate("() => ({glance: probe.glance, saved: probe.saved})")
    answers = presses if situation == "idle" else presses // 4  # the aim is that of an idle kernel
    return found | {"acknowledge": page.evaluate(TELLS, [answers, PACE])}


def floor(page: Page, count: int) -> list[float]:
    """Return the milliseconds of bare comm round trips."""
    return page.evaluate(ROUND_TRIPS, [count, PACE])


def summary(times: list[float], tail: int) -> dict[str, float]:
    """Return the median and the `tail`-th percentile."""
    cuts = statistics.quantiles(times, n=100)
    return {"median_ms": round(statistics.median(times), 2), f"p{tail}_ms": round(cuts[tail - 1], 2)}


def run(rows: int, presses: int, page: Page, lab: Any) -> dict[str, Any]:
    """Measure every situation at one pool size."""
    found: dict[str, Any] = {"situations": {}}
    for situation, loop in SITUATIONS.items():
        name = f"{rows}-{situation}"
        notebook = Notebook(page, lab, name).write(DATA.format(rows=rows, name=name), FLOOR, loop, "loop")
        times = measure(notebook, situation, presses)
        line = {"glance": summary(times["glance"], 95)}
        line |= {name: summary(times[name], 99) for name in ("saved", "acknowledge")}
        if situation == "idle":
            commits = json.loads(notebook.execute(COMMITS.format(name=name, count=presses, pace=PACE)))
            found |= line | {"floor": summary(floor(page, presses), 99), "commit": summary(commits, 99)}
        found["situations"][situation] = line | {"presses": presses, "painted": len(times["glance"])}
        lab.end_kernels()
    return found


def table(found: dict[str, Any]) -> None:
    """Print what was measured."""
    print("| pool | kernel | glance median | p95 | press to saved median | p99 | acknowledged median | p99 |")
    print("|---|---|---|---|---|---|---|---|")
    for rows, line in found.items():
        for situation, times in line["situations"].items():
            glance, saved, acknowledge = times["glance"], times["saved"], times["acknowledge"]
            print(
                f"| {int(rows):,} | {situation} | {glance['median_ms']:.1f} | {glance['p95_ms']:.1f} "
                f"| {saved['median_ms']:.1f} | {saved['p99_ms']:.1f} "
                f"| {acknowledge['median_ms']:.1f} | {acknowledge['p99_ms']:.1f} |"
            )
    print("\n| pool | bare round trip median | p99 | bare commit median | p99 |\n|---|---|---|---|---|")
    for rows, line in found.items():
        bare = [f"{line[name][which]:.1f}" for name in ("floor", "commit") for which in ("median_ms", "p99_ms")]
        print(f"| {int(rows):,} | {' | '.join(bare)} |")


def main() -> None:
    """Start a server and a browser, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer presses, the small pool only; under 60 s")
    parser.add_argument("--rows", type=int, nargs="+", help="pool sizes, instead of 1,000 and 100,000")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    sizes, presses = ([1_000], 30) if options.quick else ([1_000, 100_000], 200)
    sizes = options.rows or sizes
    with tempfile.TemporaryDirectory() as home, running(Path(home)) as lab, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**chromium())
        page = browser.new_page()
        found = {str(rows): run(rows, presses, page, lab) for rows in sizes}
        browser.close()
    table(found)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
