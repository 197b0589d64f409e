"""The curve follows the labels in the drawn view, and what stays when the kernel is gone."""

from __future__ import annotations

from collections.abc import Callable

from driver import Notebook
from lab import Lab
from person import Person
from playwright.sync_api import Page, expect
from samples import TRUTH

Make = Callable[..., Notebook]


def workbench(lab: Lab, name: str) -> str:
    return f"import nbloop, samples\nloop = nbloop.Loop(samples.digits({str(lab.root / name)!r}))\nloop"


def test_the_curve_moves_with_the_labels_and_is_never_drawn_anew(notebook: Make, page: Page, lab: Lab):
    notebook(workbench(lab, "curve.db")).open().run_all()
    person = Person(page).sit_down()
    chart = page.get_by_test_id("chart")
    person.answer(TRUTH, 8)
    expect(chart.locator("svg")).to_be_visible(timeout=20_000)
    chart.locator("svg").evaluate("drawing => { drawing.dataset.first = 'yes'; }")
    rows = int(chart.get_attribute("data-rows") or 0)
    person.answer(TRUTH, 10)
    page.wait_for_function(
        "rows => Number(document.querySelector('[data-testid=chart]').dataset.rows) > rows", arg=rows
    )
    expect(page.get_by_test_id("last")).to_contain_text("after 18 labels")
    expect(chart.locator("svg[data-first=yes]")).to_be_visible()
    expect(chart.locator("svg")).to_have_count(1)


def test_recall_and_confusion_are_there_on_demand(notebook: Make, page: Page, lab: Lab):
    teach = f"import nbloop, samples\nloop = nbloop.Loop(samples.digits({str(lab.root / 'tables.db')!r}))\n"
    made = notebook(teach + "loop.simulate(n=30, batch=5)\nloop.curve(live=True)").open().run_all()
    curve = page.get_by_test_id("curve")
    curve.get_by_text("Recall by class").click()
    curve.get_by_text("Confusion", exact=True).click()
    table = curve.locator(".nbloop-confusion tbody tr")
    expect(table).to_have_count(10)
    assert sum(int(cell) for cell in curve.locator(".nbloop-confusion td").all_inner_texts()) == 100
    made.screenshot("curve-tables")


def test_reopened_without_its_kernel_the_notebook_shows_where_it_stood(notebook: Make, page: Page, lab: Lab):
    made = notebook(workbench(lab, "reopened.db")).open().run_all()
    person = Person(page).sit_down()
    person.answer(TRUTH, 3)
    person.sees_all_saved()
    made.run_all()
    person.sit_down()
    summary = page.locator(".nbloop-static")
    expect(summary).to_be_hidden()
    made.save()
    lab.end_kernels()
    page.reload()
    made.ready()
    expect(summary).to_be_visible()
    expect(summary).to_contain_text("3 of 400 samples labelled")
    made.screenshot("reopened")


def test_the_quickstart_runs_as_it_is_shipped(page: Page, lab: Lab):
    from nbloop.cli import copy_notebooks

    copy_notebooks(lab.root)
    made = Notebook(page, lab, "quickstart").open().run_all()
    person = Person(page).sit_down()
    person.press("1")
    person.sees_count(1, of=100)
    person.labeler.scroll_into_view_if_needed()
    made.screenshot("quickstart")
    made.sweep()


def test_what_comes_stands_under_the_curve_and_moves_in_it_without_a_new_drawing(notebook: Make, page: Page, lab: Lab):
    code = (
        "from nbloop.widgets import ticker\nshare, ticker.SHARE = ticker.SHARE, 1.0  # else it rests for a minute\n"
        f"import nbloop, samples\nloop = nbloop.Loop(samples.digits({str(lab.root / 'ahead.db')!r}), control=0.3)\n"
        "loop.simulate(n=50, batch=10)\nloop.curve(live=True)"
    )
    made = notebook(code).open().run_all()
    expect(page.get_by_test_id("advice")).to_contain_text("12 more labels would bring about")
    expect(page.get_by_test_id("savings")).to_contain_text("drawn by lot reach")
    chart = page.get_by_test_id("chart")
    expect(chart.get_by_text("drawn by lot")).to_have_count(1)
    expect(chart.get_by_text("forecast")).to_have_count(1)
    chart.locator("svg").evaluate("drawing => { drawing.dataset.first = 'yes'; }")
    made.screenshot("curve-ahead")
    made.execute("loop.simulate(n=30, batch=10)")
    expect(page.get_by_test_id("last")).to_contain_text("after 80 labels")
    soon = 120_000  # as long as one took on a busy machine
    expect(page.get_by_test_id("advice")).to_contain_text("20 more labels would bring about", timeout=soon)
    expect(chart.locator("svg[data-first=yes]")).to_be_visible()
    made.execute("ticker.SHARE = share")
