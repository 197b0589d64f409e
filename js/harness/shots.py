"""Take pictures of the widgets in many states, to be looked at: ``python js/harness/shots.py FOLDER [NAME ...]``.

The bundles are the real ones, the kernel is one of the page (``kernel.js``).
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]


class Site(SimpleHTTPRequestHandler):
    """The checkout."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def label(page: Page, *keys: str) -> None:
    """Press keys on the card, one card after the other."""
    page.get_by_test_id("card").focus()
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_timeout(400)


def unfold(page: Page) -> None:
    """Open both tables of the curve."""
    for summary in page.locator("summary").all():
        summary.click()
    page.locator("table").nth(1).wait_for()


def gone(page: Page) -> None:
    """Label on after the kernel died."""
    label(page, "1")
    page.evaluate("kernel.dead = 'gone'")
    label(page, "2", "3")
    page.get_by_test_id("kernel").wait_for()


def gone_from_review(page: Page) -> None:
    """Decide on after the kernel died."""
    review(page, "1")
    page.evaluate("kernel.dead = 'gone'")
    review(page, "2", "3")
    page.get_by_test_id("kernel").wait_for()


def edit(page: Page) -> None:
    """Open the classes, rename one, choose two and begin to split a third."""
    label(page, *"12")
    page.get_by_test_id("action-classes").click()
    name = page.locator(".nbloop-class-name").nth(1)
    name.fill("something broke")
    name.press("Enter")
    page.get_by_test_id("classes-undo").wait_for()
    for box in page.locator(".nbloop-class input[type=checkbox]").all()[2:4]:
        box.check()
    page.get_by_label("Split other").click()
    page.get_by_test_id("split-into").fill("spam, praise of others")
    last = page.locator(".nbloop-class-name").nth(0)
    last.fill("something broke")
    last.press("Enter")
    page.get_by_test_id("classes-refusal").wait_for()


def review(page: Page, *keys: str) -> None:
    """Press keys on the case, one after the other."""
    page.locator('[data-testid="case"][data-sample]').focus()
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(60)
    page.wait_for_timeout(300)


def write(page: Page) -> None:
    """Add a note to the discussion and begin another."""
    review(page, "1", "?")
    page.keyboard.type("I would say so: it is money.")
    page.keyboard.press("Enter")
    review(page, "?")
    page.keyboard.type("See page 3 of the handbook")
    page.wait_for_timeout(300)


def pause(page: Page) -> None:
    """Label on while no answer is acknowledged until the labeler asks for a pause."""
    page.evaluate("kernel.deaf = true")
    for _ in range(5):  # the cards of one deal are fewer than the answers that may wait
        label(page, *"11111")
    page.get_by_test_id("pause").wait_for()


WIDE, NARROW = 1000, 320
SHOTS: dict[str, tuple[dict, int, Callable[[Page], None] | None]] = {
    "text-light": ({"theme": "light"}, WIDE, lambda page: label(page, *"12131")),
    "text-dark": ({"theme": "dark"}, WIDE, lambda page: label(page, *"1213", "!")),
    "text-why": ({"theme": "light"}, WIDE, lambda page: label(page, *"12345", "?")),
    "text-why-dark": ({"theme": "dark"}, WIDE, lambda page: label(page, *"12345", "?")),
    "text-why-narrow": ({"theme": "light"}, NARROW, lambda page: label(page, *"12345", "?")),
    "text-blind": ({"theme": "light", "blind": "2"}, WIDE, lambda page: label(page, *"12", "?")),
    "text-narrow": ({"theme": "light"}, NARROW, lambda page: label(page, *"121")),
    "note": ({"theme": "light"}, WIDE, lambda page: label(page, *"12", ".")),
    "image-light": ({"theme": "light", "kind": "image"}, WIDE, lambda page: label(page, *"01234")),
    "image-why": ({"theme": "light", "kind": "image"}, WIDE, lambda page: label(page, *"01234", "?")),
    "image-why-dark": ({"theme": "dark", "kind": "image"}, WIDE, lambda page: label(page, *"0123", "?")),
    "image-dark-narrow": ({"theme": "dark", "kind": "image"}, NARROW, lambda page: label(page, *"012")),
    "row-why": ({"theme": "light", "kind": "row", "labels": 2}, WIDE, lambda page: label(page, *"1212", "?")),
    "row-dark": ({"theme": "dark", "kind": "row", "labels": 2}, WIDE, lambda page: label(page, *"1212", "?")),
    "html": ({"theme": "dark", "kind": "html"}, WIDE, None),
    "many": ({"theme": "light", "labels": 150}, WIDE, lambda page: label(page, *"1a", "/", *"praise 1")),
    "many-narrow": ({"theme": "dark", "labels": 150}, NARROW, None),
    "problem": ({"theme": "light", "problem": 1}, WIDE, lambda page: label(page, "1")),
    "refused": ({"theme": "dark", "refuse": 1}, WIDE, lambda page: label(page, "5", "5")),
    "gone": ({"theme": "light"}, WIDE, gone),
    "gone-dark-narrow": ({"theme": "dark"}, NARROW, gone),
    "done": ({"theme": "light", "total": 3}, WIDE, lambda page: label(page, *"123")),
    "classes-light": ({"theme": "light"}, WIDE, edit),
    "classes-dark": ({"theme": "dark"}, WIDE, edit),
    "classes-narrow": ({"theme": "light"}, NARROW, edit),
    "pause-light": ({"theme": "light"}, WIDE, pause),
    "pause-dark-narrow": ({"theme": "dark"}, NARROW, pause),
    "golden": (
        {"theme": "light", "config": json.dumps({"queue": "golden", "model": False})},
        WIDE,
        lambda page: label(page, *"12"),
    ),
    "mismatch": ({"config": json.dumps({"wire": 99})}, WIDE, None),
    "forced-text": ({"theme": "dark"}, WIDE, lambda page: label(page, *"12345", "?")),
    "forced-many": ({"theme": "light", "labels": 40}, NARROW, lambda page: label(page, *"12")),
    "review-light": ({"widget": "review", "theme": "light"}, WIDE, None),
    "review-dark": ({"widget": "review", "theme": "dark"}, WIDE, write),
    "review-narrow": ({"widget": "review", "theme": "light"}, NARROW, write),
    "review-dark-narrow": ({"widget": "review", "theme": "dark"}, NARROW, lambda page: review(page, "1", "2")),
    "review-hidden": ({"widget": "review", "theme": "light", "hidden": 1}, WIDE, None),
    "review-said": ({"widget": "review", "theme": "dark", "hidden": 1}, WIDE, lambda page: review(page, "2")),
    "review-own": ({"widget": "review", "theme": "light"}, WIDE, lambda page: review(page, *"1", "!", " ", *"111")),
    "review-image": ({"widget": "review", "theme": "dark", "kind": "image"}, WIDE, lambda page: review(page, *"12")),
    "review-row": ({"widget": "review", "theme": "light", "kind": "row", "labels": 2}, WIDE, None),
    "review-many": ({"widget": "review", "theme": "light", "labels": 150}, WIDE, None),
    "review-done": ({"widget": "review", "theme": "light", "waiting": 2}, WIDE, lambda page: review(page, *"11")),
    "review-none": ({"widget": "review", "theme": "dark", "waiting": 0, "up": 0}, NARROW, None),
    "review-refused": ({"widget": "review", "theme": "light", "refuse": 1}, WIDE, lambda page: review(page, "1", "1")),
    "review-gone": ({"widget": "review", "theme": "light"}, WIDE, gone_from_review),
    "forced-review": ({"widget": "review", "theme": "dark"}, WIDE, lambda page: review(page, "1")),
    "curve-light": ({"widget": "curve", "theme": "light"}, WIDE, None),
    "curve-stop": ({"widget": "curve", "theme": "light", "stop": 1}, 420, None),
    "curve-dark-open": ({"widget": "curve", "theme": "dark"}, WIDE, unfold),
    "curve-narrow": ({"widget": "curve", "theme": "light"}, NARROW, unfold),
    "curve-empty": ({"widget": "curve", "theme": "light", "rounds": 0}, WIDE, None),
}


def main(folder: Path, names: list[str]) -> None:
    """Serve the checkout, take each picture, print what the page complained about."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Site, directory=ROOT))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for name in names or SHOTS:
            query, width, act = SHOTS[name]
            forced = "active" if name.startswith("forced") else "none"
            page = browser.new_page(viewport={"width": width, "height": 400}, forced_colors=forced)
            page.on("console", lambda message, name=name: print(name, message.text))
            page.on("pageerror", lambda error, name=name: print(name, error))
            page.goto(f"http://127.0.0.1:{server.server_port}/js/harness/?{urlencode(query)}")
            page.wait_for_function("window.ready")
            if act:
                act(page)
            page.wait_for_timeout(300)
            page.screenshot(path=folder / f"{name}.png", full_page=True)
            page.close()
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
