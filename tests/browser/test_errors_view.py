"""The second half of the cycle: an error is found, named, queued, reviewed and corrected, and the story names it."""

from __future__ import annotations

from collections.abc import Callable

from driver import Notebook
from lab import Lab
from person import ANY
from playwright.sync_api import Locator, Page, expect
from samples import inbox

from nbloop.schema import Categorise

Make = Callable[..., Notebook]

SLIP = """
import nbloop, samples
loop = nbloop.Loop(samples.inbox({store!r}))
loop.simulate(n=40, batch=8)
loop.wait()
truth = loop.data.truth
sure = [each for each in loop.ask(80) if max(each.proba, key=each.proba.get) == truth[str(each.id)]]
slip = max(sure, key=lambda each: max(each.proba.values()))
right = truth[str(slip.id)]
wrong = next(name for name in loop.data.task.names if name != right)
loop.tell(slip.id, wrong)
loop.wait()
"""
SHOW = "from IPython.display import display\ndisplay(loop.errors())\nloop.review(audit=0, again=0)"


def leaf_to(case: Locator, sample: str) -> None:
    """Go on to the case of a sample: doubts that were found before it was queued stand before it."""
    expect(case).to_have_attribute("data-sample", ANY)
    while (shown := case.get_attribute("data-sample")) != sample:
        case.press("Space")
        expect(case).not_to_have_attribute("data-sample", shown or "")


def line_of(errors: Locator, sample: str) -> Locator:
    return errors.locator(f'[data-testid=line][data-sample="{sample}"]').first


def test_an_error_is_found_named_queued_reviewed_and_corrected_and_the_story_names_it(
    notebook: Make, page: Page, lab: Lab
):
    page.set_viewport_size({"width": 1280, "height": 1900})  # the whole view in its pictures
    store = str(lab.root / "errors.db")
    made = notebook(SLIP.format(store=store), SHOW).open().run_all()
    sample, right, wrong = made.execute("print(slip.id, right, wrong, sep='|')").strip().split("|")
    errors, review = page.get_by_test_id("errors"), page.get_by_test_id("review")

    expect(errors.get_by_test_id("story")).to_contain_text("golden set")
    errors.locator(f'[data-testid=group][data-name="{wrong} taken for {right}"] .nbloop-group').click()
    line_of(errors, sample).click()
    case = errors.get_by_test_id("case")
    expect(case).to_have_attribute("data-sample", sample)
    expect(case.get_by_test_id("near")).to_be_visible()

    errors.get_by_test_id("list").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("a slip of the hand")
    page.keyboard.press("Enter")
    page.keyboard.press("l")
    expect(line_of(errors, sample)).to_contain_text("label error")
    line_of(errors, sample).click()
    page.keyboard.press("+")
    expect(line_of(errors, sample)).to_contain_text("queued")
    made.screenshot("errors", errors)

    leaf_to(review.get_by_test_id("case"), sample)
    review.locator(f'[data-testid=choice][data-label="{right}"]').click()

    expect(errors.get_by_test_id("story")).to_contain_text(
        f"sample '{sample}', from {wrong} to {right}, put down to label error"
    )
    expect(line_of(errors, sample)).to_contain_text("reviewed")
    expect(line_of(errors, sample)).to_contain_text(f"now {right}")
    made.theme("JupyterLab Dark")
    try:
        expect(page.locator(".nbloop[data-theme=dark]")).to_have_count(2)
        made.screenshot("errors-dark", errors)
    finally:
        made.theme("JupyterLab Light")

    assert made.execute(f"print(loop.data.labels.loc[{sample!r}, 'label'])").strip() == right
    data = inbox(store)
    named = [event.action for event in data.events(Categorise)]
    assert [(about.about, about.reason, about.rationale) for about in named] == [
        (sample, "label error", "a slip of the hand")
    ]
    data.close()


def test_slices_are_found_asked_for_and_queued_by_keys_alone(notebook: Make, page: Page, lab: Lab):
    store = str(lab.root / "slices.db")
    teach = f"import nbloop, samples\nloop = nbloop.Loop(samples.cells({store!r}))\nloop.simulate(n=40, batch=8)\n"
    made = notebook(teach + "loop.errors()").open().run_all()
    errors = page.get_by_test_id("errors")
    errors.get_by_test_id("tab-pairs").focus()
    page.keyboard.press("ArrowRight")
    expect(errors.get_by_test_id("group").first).to_contain_text("wrong of")
    page.keyboard.press("Tab")
    page.keyboard.type("`mean area` > 600")
    page.keyboard.press("Enter")
    group = errors.get_by_test_id("group")
    expect(group).to_have_count(1)
    expect(group).to_contain_text("`mean area` > 600")
    group.locator(".nbloop-group").focus()
    page.keyboard.press("Enter")
    expect(errors.get_by_test_id("cluster")).to_have_text("`mean area` > 600")
    wanted = int(made.execute("print(len(loop.errors().samples('`mean area` > 600', ['`mean area` > 600'])))"))
    expect(errors.get_by_test_id("total")).to_have_text(f"{wanted} error{'s' if wanted > 1 else ''}")
    page.keyboard.press("+")
    expect(errors.get_by_test_id("waiting")).to_contain_text(f"{wanted} wait")
    assert int(made.execute("print(len(loop.ask(100, queue='errors')))")) == wanted
    page.set_viewport_size({"width": 480, "height": 2000})
    page.wait_for_function(
        "() => { const face = document.querySelector('.nbloop'); return face.scrollWidth <= face.clientWidth + 1; }"
    )
    made.screenshot("errors-narrow", errors)
