"""Two people label one dataset in two browsers, disagree, and a third decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from driver import Notebook
from lab import Lab
from person import ANY, Person
from playwright.sync_api import Browser, Locator, Page, expect
from samples import shared

import postgres
from nbloop.examples import tickets
from nbloop.schema import Adjudicate, Annotate, Vote

INTENT = {str(row.ticket): str(row.intent) for row in tickets(40).itertuples()}

pytestmark = pytest.mark.skipif(postgres.binaries() is None, reason="PostgreSQL is not installed")

Enter = Callable[[str, str], Notebook]


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """Start a PostgreSQL of our own, with an owner named."""
    with postgres.running() as server:
        data = shared(server.url, "olga")
        data.grant("olga", "owner")
        data.close()
        yield server.url


@pytest.fixture
def enter(browser: Browser, browser_context_args: dict, lab: Lab, store: str) -> Iterator[Enter]:
    """Let people in: each has a browser context, a notebook and a kernel of their own. Bob says who he is there."""
    with ExitStack() as leaving:

        def come(name: str, shows: str) -> Notebook:
            context = leaving.enter_context(browser.new_context(**browser_context_args))
            who = None if name == "bob" else name
            code = f"import nbloop, samples\nloop = nbloop.Loop(samples.shared({store!r}, {who!r}))\n{shows}"
            return Notebook(context.new_page(), lab, f"team-{name}").write(code).open().run_all()

        yield come
    lab.end_kernels(of="team-")


class Reviewer:
    """Sits at a review."""

    def __init__(self, page: Page) -> None:
        self.page, self.review = page, page.get_by_test_id("review")
        self.case = self.part("case")

    def part(self, name: str) -> Locator:
        return self.review.get_by_test_id(name)

    def sees(self, sample: str) -> None:
        expect(self.case).to_have_attribute("data-sample", sample)

    def sees_nothing_left(self) -> None:
        expect(self.part("done")).to_be_visible()
        expect(self.part("trail").locator("[data-pending=true]")).to_have_count(0)


def label(made: Notebook, wrong: set[str], times: int) -> dict[str, str]:
    """Label as the truth says, but for the samples in `wrong`."""
    person = Person(made.page).sit_down()
    given = {}
    for _ in range(times):
        sample = person.sample
        given[sample] = other_than(INTENT[sample]) if sample in wrong else INTENT[sample]
        person.click(given[sample])
    person.sees_all_saved()
    return given


def other_than(intent: str) -> str:
    return next(other for other in sorted(set(INTENT.values())) if other != intent)


def test_two_people_disagree_and_what_a_third_decides_is_learned_by_all(enter: Enter, store: str):
    ada = enter("ada", "loop")
    said = label(ada, set(), 8)
    contested = list(said)[2]

    olga = enter("olga", "loop.review(audit=0, again=0)")
    reviewer = Reviewer(olga.page)
    expect(reviewer.part("done")).to_contain_text("Nothing to review")

    bob = enter("bob", "loop")
    expect(bob.page.get_by_test_id("introduction")).to_be_visible()
    bob.page.get_by_test_id("name").fill("bob")
    bob.screenshot("introduction")
    bob.page.keyboard.press("Enter")
    assert label(bob, {contested}, 8).keys() == said.keys()

    reviewer.sees(contested)  # by itself: nobody ran the cell again
    expect(reviewer.part("reasons")).to_contain_text("People disagree")
    expect(reviewer.part("votes")).to_contain_text("bob")
    olga.screenshot("review")
    olga.theme("JupyterLab Dark")
    olga.screenshot("review-dark", reviewer.review)
    reviewer.case.click()
    olga.page.keyboard.press(".")
    olga.page.keyboard.type("it is about money")
    reviewer.review.locator(f'[data-testid=choice][data-label="{INTENT[contested]}"]').click()
    reviewer.sees_nothing_left()
    olga.screenshot("review-done", reviewer.review)

    data = shared(store, "test")
    decided = [(event.annotator, event.action) for event in data.events(Adjudicate)]
    assert [(who, action.sample, action.value, action.rationale) for who, action in decided] == [
        ("olga", contested, INTENT[contested], "it is about money")
    ]
    assert data.consensus()["state"].value_counts().to_dict() == {"accepted": 7, "adjudicated": 1}
    assert data.labels["label"].to_dict() == {key: INTENT[key] for key in said}
    data.close()
    for made in (ada, bob):
        learned = made.execute("loop._session.hear(); loop.wait(); print(loop.history.labels.iloc[-1])")
        assert int(learned) == 8
    ada.screenshot("team-labeler")


def test_a_decision_made_without_a_kernel_waits_in_the_page_and_is_made_when_the_cell_runs_again(
    enter: Enter, store: str
):
    data = shared(store, "olga")
    free = data.pool.index[-3:].tolist()
    data.close()
    choose = f"loop.review(samples={free}, reason='the last ones')"
    olga = enter("olga", choose)
    reviewer = Reviewer(olga.page)
    reviewer.sees(free[0])
    olga.restart()
    reviewer.case.click()
    olga.page.keyboard.press("2")
    reviewer.sees(free[1])
    expect(reviewer.part("kernel")).to_be_visible()
    olga.run_all()
    reviewer.sees(free[1])
    expect(reviewer.part("left")).to_contain_text("2")
    reviewer.case.click()
    olga.page.keyboard.press("1")
    reviewer.sees(free[2])
    olga.page.keyboard.press("Backspace")
    reviewer.sees(free[1])
    expect(reviewer.case).to_have_attribute("data-sample", ANY)
    expect(reviewer.part("unsaved")).to_have_count(0)
    data = shared(store, "test")
    names = data.task.names
    assert data.state(free[0]).label == names[1]
    assert data.state(free[1]).label is None
    data.close()


def test_a_vote_before_the_votes_is_kept_over_a_restart_and_shows_them_again(enter: Enter, store: str):
    data = shared(store, "ann")
    contested = data.pool.index[0]
    data.record([data.event(Annotate(contested, INTENT[contested]))])
    data.close()
    olga = enter("olga", f"loop.review(samples=[{contested!r}], reason='said apart', hidden=True)")
    reviewer = Reviewer(olga.page)
    reviewer.sees(contested)
    expect(reviewer.part("votes-hidden")).to_be_visible()
    mine = other_than(INTENT[contested])
    choice = reviewer.review.locator(f'[data-testid=choice][data-label="{mine}"]')
    choice.click()
    expect(reviewer.part("said")).to_contain_text(f"You said {mine} before")
    expect(reviewer.part("votes")).to_contain_text("ann")
    expect(reviewer.part("trail")).to_contain_text("before the votes")
    olga.screenshot("review-voted", reviewer.review)

    olga.restart()
    olga.run_all()
    reviewer.sees(contested)
    expect(reviewer.part("said")).to_contain_text(f"You said {mine} before")
    expect(reviewer.part("votes")).to_contain_text("ann")
    data = shared(store, "test")
    votes = [(event.annotator, event.action) for event in data.events(Vote)]
    assert [(who, vote.sample, vote.value) for who, vote in votes] == [("olga", contested, mine)]
    assert data.state(contested).label is None
    pairs = data.agreement("pair")["observed"]
    assert pairs.get(("ann", "olga"), pairs.get(("olga", "ann"))) == 0
    data.close()

    reviewer.case.click()
    olga.page.keyboard.press("Enter")
    data = shared(store, "test")
    expect(reviewer.part("done")).to_be_visible()
    reviewer.sees_nothing_left()
    data.refresh()
    decided = [event.action for event in data.events(Adjudicate) if event.action.sample == contested]
    assert [(action.value, action.blind) for action in decided] == [(INTENT[contested], True)]
    data.close()
