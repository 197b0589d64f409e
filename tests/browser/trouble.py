"""Faults while a person labels: killed kernels, cut wires, reloaded pages, two tabs. Each leaves all answers saved."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from driver import LIMIT, Notebook
from ledger import Ledger
from person import Person
from playwright.sync_api import Page, expect
from proxy import Proxy

CELLS = (
    """
import numpy as np, nbloop, os
rng = np.random.default_rng(0)
X = rng.normal(size=(4000, 16)).astype(np.float32)
data = nbloop.Dataset([f"sample {{i}}" for i in range(4000)], id=range(4000), features=X, store={store!r},
                      task=nbloop.Classification(range(10)), golden=0.02, truth=X[:, :10].argmax(1))
loop = nbloop.Loop(data)
loop""",
    """
import os, time
while os.path.exists({busy!r}):
    time.sleep(0.02)""",
)
"""A workbench, and a cell that runs for as long as a file is there."""

STEP = 50  # ms

EMPTY = "() => !Object.keys(localStorage).some(key => key.startsWith('nbloop:'))"

DIED = """() => {
    const kernel = jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
    window.died = false;
    kernel.statusChanged.connect((_, status) => {
        if (status.includes('restarting') || status === 'dead') window.died = true;
    });
}"""

BEGUN = """() => {
    const card = document.querySelector('[data-testid=labeler] [data-testid=card][data-sample]');
    const said = [...document.querySelectorAll('.jupyter-widgets')].map(part => part.textContent);
    const lost = window.stillborn || said.some(text => text.startsWith('Error displaying widget'));
    return card ? 'begun' : lost ? 'given up' : false;
}"""
"""On a very busy machine anywidget gives a model up after two seconds, and JupyterLab its search for one, too."""

LISTENS = """card => {
    window.given = false;
    card.addEventListener('keydown', () => { window.given = true; }, {once: true, capture: true});
}"""

PRESS_AT = """([key, at]) => {
    const card = document.querySelector('[data-testid=card]');
    const press = () => card.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
    setTimeout(press, at - Date.now());
}"""


@dataclass
class Scene:
    """One person at one notebook, with what can go wrong around them."""

    notebook: Notebook
    proxy: Proxy
    ledger: Ledger
    chance: random.Random
    busy: bool = False

    def write(self) -> Scene:
        """Make the notebook's file."""
        self.notebook.write(*(cell.format(store=self.store, busy=str(self._work)) for cell in CELLS))
        return self

    @property
    def page(self) -> Page:
        """The page of the notebook."""
        return self.notebook.page

    @property
    def store(self) -> str:
        """Where the answers are kept."""
        return str(self.notebook.path.with_suffix(".db"))

    @property
    def _work(self) -> Path:
        return self.notebook.path.with_suffix(".busy")

    def begin(self) -> Person:
        """Open the notebook and sit down at its labeler."""
        self.notebook.open()
        return self.run()

    def run(self) -> Person:
        """Run the cells and sit down at the labeler."""
        self.notebook.ready().run_all()
        self.notebook.save()
        return sit_down(self.notebook)

    def occupy(self) -> None:
        """Keep the main thread busy until `release`, where that is asked for."""
        if self.busy:
            self._work.touch()
            self.notebook.select(1)
            self.notebook.start("notebook:run-cell")
            self.notebook.sees_running(1)

    def release(self) -> None:
        """Let the busy cell end."""
        self._work.unlink(missing_ok=True)

    def answer(self, most: int = 4) -> None:
        """Answer a few cards as fast as keys go."""
        for _ in range(self.chance.randint(1, most)):
            self._press(str(self.chance.randrange(10)))

    def _press(self, key: str) -> None:
        """Press a key until the card is given it: what JupyterLab asks takes the keys, and its end moves the focus."""
        person = Person(self.page)
        sample = person.sample
        given = False
        while not given:
            self.dismiss()
            person.card.evaluate(LISTENS)
            person.card.focus()
            self.page.keyboard.press(key)
            given = self.page.evaluate("() => window.given")
        expect(person.card).not_to_have_attribute("data-sample", sample)

    def sees_unsaved(self) -> None:
        """Wait until the page says how many answers are not saved, and that it is all that are not.

        What it says and what the ledger knows are compared at one moment: a late acknowledgement changes both.
        """
        chip = Person(self.page).part("unsaved")
        expect(chip).to_have_count(1, timeout=LIMIT)
        said = ""
        for _ in range(LIMIT // STEP):
            said = chip.text_content(timeout=LIMIT) or ""
            if said == f"not saved ({len(self.ledger.unsaved)})":
                return
            self.page.wait_for_timeout(STEP)  # between two looks
        raise AssertionError(f"the page says {said!r}; not saved: {len(self.ledger.unsaved)}")

    def settles(self) -> None:
        """Wait until every answer is saved and shown so."""
        self.page.wait_for_function(EMPTY, timeout=LIMIT)
        self.ledger.emptied()
        person = Person(self.page)
        expect(person.part("unsaved")).to_have_count(0, timeout=LIMIT)
        expect(person.part("trail").locator("[data-pending=true]")).to_have_count(0, timeout=LIMIT)

    def dismiss(self) -> None:
        """Close what JupyterLab asks when a kernel died or a connection broke."""
        self.page.evaluate("() => document.querySelectorAll('.jp-Dialog .jp-mod-accept').forEach(b => b.click())")


def sit_down(notebook: Notebook) -> Person:
    """Wait for a card, and load the page again where it gave up; whoever presses a key sets the focus."""
    while notebook.page.wait_for_function(BEGUN, timeout=LIMIT).json_value() == "given up":
        notebook.page.reload()
        notebook.ready()
    return Person(notebook.page)


def kill_kernel(scene: Scene) -> None:
    """Kill the kernel in the middle of answers; what it did not acknowledge is shown, and saved by the next one."""
    pid = int(scene.notebook.execute("import os; print(os.getpid())"))
    scene.page.evaluate(DIED)
    scene.occupy()
    scene.answer()
    os.kill(pid, signal.SIGKILL)
    scene.answer()
    scene.page.wait_for_function("() => window.died", timeout=LIMIT)
    scene.answer()
    scene.sees_unsaved()
    scene.release()
    scene.run()
    scene.settles()


def cut_wire(scene: Scene) -> None:
    """Cut every connection of the page in the middle of answers."""
    scene.occupy()
    scene.answer()
    scene.page.wait_for_timeout(scene.chance.choice([0, 2, 5, 10, 20]))  # the moment is what varies
    assert scene.proxy.cut() > 0
    scene.answer()
    scene.release()
    scene.settles()
    scene.notebook.ready()


def reload_page(scene: Scene) -> None:
    """Load the page again in the middle of answers, without waiting for anything."""
    scene.occupy()
    scene.answer()
    scene.page.wait_for_timeout(scene.chance.choice([0, 0, 2, 5, 10]))
    scene.page.reload()
    scene.release()
    scene.notebook.ready()
    sit_down(scene.notebook)
    scene.settles()


def race_tabs(scene: Scene, other: Page) -> bool:
    """Press two keys in two tabs at one moment; return whether both answered the same card."""
    pages = (scene.page, other)
    scene.occupy()
    cards = [Person(page).sample for page in pages]
    before = len(scene.ledger.made)
    at = scene.page.evaluate("() => Date.now() + 300")  # both must have been told by then
    for page in pages:
        page.evaluate(PRESS_AT, [str(scene.chance.randrange(10)), at])
    for page, card in zip(pages, cards, strict=True):
        expect(Person(page).card).not_to_have_attribute("data-sample", card, timeout=LIMIT)
    scene.release()
    for page in pages:
        page.wait_for_function(EMPTY, timeout=LIMIT)
        expect(Person(page).part("unsaved")).to_have_count(0, timeout=LIMIT)
    labelled = {action["sample"] for action in scene.ledger.made.values() if action["kind"] == "annotate"}
    for page in pages:
        expect(Person(page).part("count").locator("dd")).to_have_text(f"{len(labelled)}", timeout=LIMIT)
    fresh = [action.get("sample") for action in list(scene.ledger.made.values())[before:]]
    return len([sample for sample in fresh if sample in cards]) == 2 and cards[0] == cards[1]


FAULTS: dict[str, Callable[[Scene], None]] = {
    "kernel killed": kill_kernel,
    "wire cut": cut_wire,
    "page reloaded": reload_page,
}
