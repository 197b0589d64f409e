"""The ledger: every answer that pages made, every one that they took for saved, and what the store holds of them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

from nbloop.dataset.standing import Standing
from nbloop.journal import Journal
from nbloop.schema import Annotate, Undo

STILLBORN = "[anywidget] Failed to initialize model"
"""What anywidget throws when a model has not begun after two seconds, as happens on a very busy machine."""

WATCH = """(() => {
    const {setItem, removeItem} = Storage.prototype;
    Storage.prototype.setItem = function (key, value) {
        if (key.startsWith('nbloop:')) noted('made', value);
        if (KEEPS || !key.startsWith('nbloop:')) return setItem.call(this, key, value);
        throw new DOMException('no room', 'QuotaExceededError');
    };
    Storage.prototype.removeItem = function (key) {
        removeItem.call(this, key);
        if (key.startsWith('nbloop:')) noted('saved', key.split(':').at(-1));
    };
    window.addEventListener('unhandledrejection', ({reason}) => {
        if (String(reason).includes('STILLBORN')) window.stillborn = true;
    });
    if (!KEEPS) Object.defineProperty(window, 'indexedDB', {value: undefined});
})()"""
"""A page puts an answer on its shelf when it is made, and takes it off when the kernel has acknowledged it."""


@dataclass
class Ledger:
    """What pages told. With ``keeps=False`` they may store nothing, so that the outbox lives as long as the page."""

    keeps: bool = True
    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    saved: set[str] = field(default_factory=set)

    def follow(self, page: Page) -> None:
        """Listen to a page from its next load on."""
        page.expose_binding("noted", lambda _, kind, what: self._note(kind, what))
        page.add_init_script(WATCH.replace("KEEPS", str(self.keeps).lower()).replace("STILLBORN", STILLBORN))

    def _note(self, kind: str, what: str) -> None:
        if kind == "saved":
            self.saved.add(what)
        else:
            mark = json.loads(what)
            self.made[mark["id"]] = mark["action"]

    def emptied(self) -> None:
        """Note that no page keeps an answer: they took all for saved, also where a page that went could not say so.

        Whether the journal has them is for `audit` to find.
        """
        self.saved.update(self.made)

    @property
    def unsaved(self) -> set[str]:
        """Answers that no page took for saved yet."""
        return self.made.keys() - self.saved

    def audit(self, store: str) -> dict[str, int]:
        """Compare with the journal of `store`.

        Returns
        -------
        dict
            `acknowledged` answers; `lost`: of these, and of all others that were made, those that the journal lacks;
            `duplicated`: second copies of an answer, and second answers of one person that stand for one sample.
        """
        journal = Journal(store)
        events = [event for _, event in journal.read()]
        journal.verify()
        journal.close()
        stands = Standing()
        for event in events:
            if isinstance(event.action, Undo):
                stands.undo(event.id, event.action.target)
        ids = Counter(event.id for event in events)
        told = [event for event in events if isinstance(event.action, Annotate) and event.annotator != "truth"]
        answers = Counter((event.annotator, event.action.sample) for event in told if stands(event.id))
        twice = sum(n - 1 for n in (ids + Counter()).values()) + sum(n - 1 for n in answers.values())
        return {"acknowledged": len(self.saved), "lost": len(self.made.keys() - ids.keys()), "duplicated": twice}
