"""The dashboard follows the labels, the gate panel promotes and rolls back, and a report runs nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from driver import SHOTS, Notebook
from lab import Lab
from person import Person
from playwright.sync_api import Page, expect
from samples import TRUTH, hostile

import nbloop

Make = Callable[..., Notebook]


def digits(lab: Lab, name: str) -> str:
    return f"import nbloop, samples\nloop = nbloop.Loop(samples.digits({str(lab.root / name)!r}), target=60)\n"


def test_the_dashboard_follows_the_labels_without_being_drawn_anew(notebook: Make, page: Page, lab: Lab):
    start = digits(lab, "board.db") + "loop.simulate(n=20, batch=5)\nloop.labeler()"
    made = notebook(start, "loop.dashboard()").open().run_all()
    person = Person(page).sit_down()
    board = page.get_by_test_id("dashboard")
    labels = board.get_by_test_id("value-labels")
    expect(labels).to_have_text("20")
    labels.evaluate("figure => { figure.dataset.first = 'yes'; }")
    person.answer(TRUTH, 4)
    expect(board.get_by_test_id("value-labels").and_(page.locator("[data-first=yes]"))).to_have_text("24")
    expect(board.get_by_test_id("tile-accuracy")).to_contain_text("on 100 golden samples")
    expect(board.get_by_test_id("tile-gate")).to_contain_text("loop.gate()")
    made.screenshot("dashboard", board)
    made.theme("JupyterLab Dark")
    try:
        expect(page.locator(".nbloop[data-theme=dark]").filter(has=board)).to_have_count(1)
        made.screenshot("dashboard-dark", board)
    finally:
        made.theme("JupyterLab Light")


def test_a_model_is_promoted_and_rolled_back_at_the_gate(notebook: Make, page: Page, lab: Lab):
    start = digits(lab, "gate.db") + "history = loop.simulate(n=40, batch=20)\nfirst, last = loop.versions.index"
    gate = "loop.promote(first, anyway=True)\nloop.gate(margin=0.9, slice_margin=0.99)"
    made = notebook(start, gate).open().run_all()
    panel = page.get_by_test_id("gate")
    first, last = made.execute("print(first, last)").split()
    expect(panel.get_by_test_id("verdict")).to_have_text(f"{last} passed the gate")
    expect(panel.get_by_test_id("serving")).to_contain_text(f"{first} serves.")
    made.screenshot("gate", panel)
    panel.get_by_role("button", name=f"Promote {last}").click()
    page.keyboard.type("fewer errors")
    expect(panel.get_by_role("textbox")).to_have_value("fewer errors")
    made.theme("JupyterLab Dark")
    try:
        expect(page.locator(".nbloop[data-theme=dark]").filter(has=panel)).to_have_count(1)
        made.screenshot("gate-dark", panel)
    finally:
        made.theme("JupyterLab Light")
    panel.get_by_role("textbox").press("Enter")
    expect(panel.get_by_test_id("done")).to_have_text(f"{last} serves now.")
    promoted = "print([e.action.reason for e in loop.data.noted(nbloop.schema.Promote)][-1], loop.serving().version)"
    assert made.execute(promoted).split() == ["fewer", "errors", last]
    panel.get_by_role("button", name=f"Roll back to {first}").click()
    panel.get_by_test_id("confirm").get_by_role("button", name="Roll back").click()
    expect(panel.get_by_test_id("serving")).to_contain_text(f"{first} serves.")
    assert made.execute("print(loop.serving().version)").strip() == first


def test_a_report_of_hostile_samples_runs_nothing_asks_for_nothing_and_needs_no_sideways_scrolling(
    page: Page, tmp_path: Path
):
    loop = nbloop.Loop(hostile(tmp_path / "hostile.db"))
    for sample in loop.ask(2):
        loop.tell(sample.id, ["harmless", "hostile"][len(loop.data.labels) % 2], "<script>alert(1)</script>")
    loop.look_again(loop.data.labels.index, "<img src=x onerror=alert(2)>")
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.goto(loop.report(tmp_path / "report.html").as_uri())
    loop.close()
    expect(page.get_by_role("heading", level=2)).to_have_count(17)
    page.get_by_role("link", name="Model card").click()
    expect(page.locator("#model-card")).to_be_in_viewport()
    for theme, width in (("light", 1280), ("dark", 360)):
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.screenshot(path=SHOTS / f"report-{theme}.png", full_page=True)
