"""A person labels in a real JupyterLab, and what is on disk afterwards is what they did."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from driver import Notebook
from lab import Lab
from person import Person
from playwright.sync_api import Page, expect
from samples import TRUTH, digits

Make = Callable[..., Notebook]


@pytest.fixture
def store(lab: Lab, request: pytest.FixtureRequest) -> str:
    return str(lab.root / f"{request.node.originalname}.db")


def workbench(store: str) -> str:
    return f"import nbloop, samples\nloop = nbloop.Loop(samples.digits({store!r}))\nloop"


def on_disk(store: str) -> dict[str, str]:
    labels = digits(store).labels["label"]
    return dict(zip(labels.index.astype(str), labels, strict=True))


def test_thirty_digits_by_keyboard_and_by_mouse_are_on_disk_as_answered(notebook: Make, page: Page, store: str):
    notebook(workbench(store)).open().run_all()
    person = Person(page).sit_down()
    given = person.answer(TRUTH, 15)
    for _ in range(15):
        label = TRUTH[person.sample]
        given[person.click(label)] = label
    person.sees_count(30)
    person.sees_all_saved()
    assert len(given) == 30
    assert on_disk(store) == given
    expect(person.part("probability").first).to_be_visible()
    expect(person.part("accuracy").locator("dd")).to_contain_text("%")


def test_undo_twice_takes_two_answers_back_and_shows_the_last_of_them(notebook: Make, page: Page, store: str):
    notebook(workbench(store)).open().run_all()
    person = Person(page).sit_down()
    given = person.answer(TRUTH, 5)
    first, second = list(given)[-2:]
    page.keyboard.press("Backspace")
    expect(person.card).to_have_attribute("data-sample", second)
    person.act("undo")
    expect(person.card).to_have_attribute("data-sample", first)
    person.sees_count(3)
    person.sees_all_saved()
    assert on_disk(store) == {key: given[key] for key in list(given)[:3]}


def test_a_note_and_a_flag_are_kept_and_typing_is_no_shortcut(notebook: Make, page: Page, store: str):
    notebook(workbench(store)).open().run_all()
    person = Person(page).sit_down()
    page.keyboard.press("!")
    expect(person.part("flagged")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type("smudged, 3 or 5?")
    page.keyboard.press("Enter")
    expect(person.part("noted")).to_be_visible()
    sample = person.press("3")
    person.sees_count(1)
    person.sees_all_saved()
    data = digits(store)
    assert data.labels.loc[int(sample), "rationale"] == "smudged, 3 or 5?"
    assert data.state(sample).flagged


def test_a_sample_put_off_and_a_bad_one_get_no_label(notebook: Make, page: Page, store: str):
    notebook(workbench(store)).open().run_all()
    person = Person(page).sit_down()
    later, bad = person.press(" "), person.press("-")
    given = person.answer(TRUTH, 2)
    person.sees_count(2)
    person.sees_all_saved()
    data = digits(store)
    assert on_disk(store) == given
    assert (data.counts().skipped, data.counts().rejected) == (1, 1)
    assert (data.state(later).status, data.state(bad).status) == ("skipped", "rejected")


def test_a_reload_in_the_middle_loses_nothing(notebook: Make, page: Page, store: str):
    made = notebook(workbench(store)).open().run_all()
    person = Person(page).sit_down()
    given = person.answer(TRUTH, 5)
    made.reload()
    person.sit_down().sees_count(5)
    given |= person.answer(TRUTH, 5)
    person.sees_count(10)
    person.sees_all_saved()
    assert len(given) == 10
    assert on_disk(store) == given


def test_a_restarted_kernel_resumes_at_the_same_count_with_the_same_model(notebook: Make, page: Page, store: str):
    made = notebook(workbench(store)).open().run_all()
    person = Person(page).sit_down()
    given = person.answer(TRUTH, 12)
    person.sees_count(12)
    person.sees_all_saved()
    score = "loop.wait(); print(loop.history.iloc[-1][['labels', 'accuracy', 'log_loss', 'model_version']].tolist())"
    before = made.execute(score)
    made.restart().run_all()
    person.sit_down().sees_count(12)
    assert made.execute(score) == before
    assert on_disk(store) == given


def test_labels_told_to_a_dead_kernel_wait_in_the_page_until_the_cell_runs_again(
    notebook: Make, page: Page, store: str
):
    made = notebook(workbench(store)).open().run_all()
    person = Person(page).sit_down()
    given = person.answer(TRUTH, 3)
    person.sees_all_saved()
    made.restart()
    person.card.click()
    given |= person.answer(TRUTH, 4)
    expect(person.part("kernel")).to_contain_text("4 labels are kept in this page")
    assert len(on_disk(store)) == 3
    made.run_all()
    person.sit_down().sees_count(7)
    person.sees_all_saved()
    assert on_disk(store) == given


def test_two_views_of_one_labeler_stay_in_step(notebook: Make, page: Page, store: str):
    make = f"import nbloop, samples\nseat = nbloop.Loop(samples.digits({store!r})).labeler()\nseat"
    notebook(make, "seat").open().run_all()
    upper, lower = Person(page, 0).sit_down(), Person(page, 1).sit_down()
    for person, other in ((upper, lower), (lower, upper), (upper, lower)):
        person.card.click()
        person.press(TRUTH[person.sample])
        expect(other.card).to_have_attribute("data-sample", person.sample)
        assert other.part("count").inner_text() == person.part("count").inner_text()
    upper.sees_count(3)


def test_two_labelers_of_one_loop_count_together_and_never_ask_what_the_other_answered(
    notebook: Make, page: Page, store: str
):
    notebook(workbench(store), "loop.labeler()").open().run_all()
    upper, lower = Person(page, 0).sit_down(), Person(page, 1).sit_down()
    upper.card.click()
    given = upper.answer(TRUTH, 3)
    lower.sees_count(3)
    expect(lower.card).not_to_have_attribute("data-sample", list(given)[-1])
    lower.card.click()
    given |= lower.answer(TRUTH, 3)
    upper.sees_count(6)
    lower.sees_all_saved()
    assert len(given) == 6
    assert on_disk(store) == given


def test_a_busy_cell_neither_stops_the_cards_nor_the_saving(notebook: Make, page: Page, store: str):
    made = notebook(workbench(store), "seconds = 0", "samples.busy(seconds)").open().run_all()
    person = Person(page).sit_down()
    made.execute("seconds = 600")
    made.select(2)
    made.start("notebook:run-cell")
    made.sees_running(2)
    person.card.click()
    given = person.answer(TRUTH, 25)
    person.sees_count(25)
    person.sees_all_saved()
    assert on_disk(store) == given
    made.sees_running(2)
    made.interrupt(2)


def test_a_view_published_beside_a_busy_cell_does_not_lead_the_next_answer_into_it(
    notebook: Make, page: Page, store: str
):
    told = "loop.tell(loop.ask()[0].id, 0); samples.busy(seconds)"
    made = notebook(workbench(store), "seconds = 600", f"if seconds: {told}").open()
    made.select(0)
    made.command("notebook:run-cell")
    made.select(1)
    made.command("notebook:run-cell")
    person = Person(page).sit_down()
    person.answer(TRUTH, 3)
    person.sees_all_saved()
    made.select(2)
    made.start("notebook:run-cell")
    made.sees_running(2)
    person.sees_count(4)
    person.card.click()
    given = person.answer(TRUTH, 3)
    person.sees_all_saved()
    assert given.items() <= on_disk(store).items()
    made.sees_running(2)
    made.interrupt(2)


WAYS = """
from ipywidgets.widgets.widget import _instances
faces = [face for face in _instances.values() if face.has_trait("config") and face.has_trait("view")]
print(sorted({str(vars(face.comm).get("_reply_subshell_id", "as the page says")) for face in faces}))
"""


def test_nothing_that_the_kernel_sends_leads_the_next_answer_to_the_thread_that_sent_it(
    notebook: Make, page: Page, store: str
):
    made = notebook(workbench(store)).open().run_all()
    person = Person(page).sit_down()
    assert made.execute(WAYS).strip() == "['as the page says']"
    person.answer(TRUTH, 3)
    person.sees_all_saved()
    assert made.execute(WAYS).strip() == "['as the page says']"


STATES = """() => {
    const kernel = jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
    window.states = [];
    const asked = () => [...kernel._futures.values()].filter(one => one.msg.header.msg_type === 'comm_msg');
    window.unfinished = () => asked().length;
    window.most = 0;
    kernel.anyMessage.connect(() => { most = Math.max(most, unfinished()); });
    kernel.statusChanged.connect((_, status) => states.push(status));
}"""


def test_labels_do_not_make_the_notebook_busy_and_leave_nothing_behind_in_the_page(
    notebook: Make, page: Page, store: str
):
    made = notebook(workbench(store)).open().run_all()
    person = Person(page).sit_down()
    page.evaluate(STATES)
    given = person.answer(TRUTH, 5)
    person.sees_all_saved()
    assert on_disk(store) == given
    page.wait_for_function("() => unfinished() === 0")  # every request was told that the kernel is idle again
    assert page.evaluate("() => most") > 0
    assert page.evaluate("() => states") == []
    made.execute("1 + 1")
    assert page.evaluate("() => states") == ["busy", "idle"]


def test_keys_on_the_card_do_not_reach_the_notebook(notebook: Make, page: Page, store: str):
    made = notebook(workbench(store), "keep = 1", "me = 2").open().run_all()
    made.select(1)
    before = made.sources()
    person = Person(page).sit_down()
    for key in ("x", "d", "d", "a", "b", "m", "c", "v", "z", "0", "0", "Shift+Enter", "ArrowDown"):
        page.keyboard.press(key)
    assert made.sources() == before
    person.labeler.evaluate("element => document.activeElement.blur()")
    made.select(1)
    made.command_mode()
    page.keyboard.press("d")
    page.keyboard.press("d")
    page.wait_for_function("n => jupyterapp.shell.currentWidget.content.model.cells.length === n", arg=len(before) - 1)


def test_golden_samples_are_verified_at_a_labeler_of_their_own(notebook: Make, page: Page, store: str):
    make = f"import nbloop, samples\nloop = nbloop.Loop(samples.digits({store!r}, truth=None))\n"
    notebook(make + 'loop.labeler(queue="golden")').open().run_all()
    person = Person(page).sit_down()
    given = person.answer(TRUTH, 4)
    person.sees_count(4, of=100)
    person.sees_all_saved()
    golden = digits(store, truth=None).golden
    assert set(given) <= {str(key) for key in golden.index}
    assert on_disk(store) == {}
