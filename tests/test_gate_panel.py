"""The verdict of the gate as a panel: what it shows, and what a person may decide on it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import msgspec
import pytest

import nbloop
from nbloop.errors import DataWarning, GateError
from nbloop.examples import tickets
from nbloop.schema import Decide, Look, Promote, Reply, Request
from nbloop.widgets.gate import GatePanel

FRAME = tickets(300)
TASK = nbloop.Classification(sorted(FRAME["intent"].unique()))


@pytest.fixture
def loop() -> nbloop.Loop:
    data = nbloop.Dataset(FRAME, content="text", id="ticket", task=TASK, golden=0.4, truth="intent", store=":memory:")
    loop = nbloop.Loop(data)
    loop.simulate(n=60, batch=20)
    return loop


def ask(panel: GatePanel, what: str, reason: str = "", id: str | None = None) -> Reply:
    body = Decide(id or uuid4().hex, what, reason)
    reply, _ = panel._wire.answer(msgspec.to_builtins(Request("1", body)))
    return msgspec.convert(reply, Reply)


def test_the_gate_counts_as_a_look_at_the_golden_set(loop: nbloop.Loop) -> None:
    verdict = loop.gate()
    looks: list[Any] = [event.action for event in loop.data.noted(Look)]
    assert [(look.purpose, look.model_version) for look in looks] == [("gate", verdict.candidate)]
    assert looks[0].accuracy == loop.versions["accuracy"].iloc[-1]
    assert verdict.looks == 1
    assert loop.gate().looks == 1  # the same model again is no other one
    assert loop.gate(loop.versions.index[1], loop.versions.index[0]).looks == 2
    assert loop.score().looks == 2


def test_many_models_at_the_gate_warn_that_the_best_may_be_so_by_luck(loop: nbloop.Loop) -> None:
    for i in range(6):
        loop._session.note(Look("random", "gate", f"m{i}", 120, 0.5))
    with pytest.warns(DataWarning, match="7 models were judged"):
        loop.gate()


def test_the_panel_has_every_check_with_its_interval_and_margin(loop: nbloop.Loop) -> None:
    verdict = loop.gate(slices=["ambiguous"], margin=0.03)
    config: Any = verdict.panel().config
    assert [check["name"] for check in config["checks"]] == [check.name for check in verdict.checks]
    golden, said = config["checks"][0], verdict.checks[0]
    assert (golden["low"], golden["high"], golden["margin"]) == (said.low, said.high, 0.03)
    assert next(one["margin"] for one in config["checks"] if one["name"].startswith("slice ")) == 0.1
    assert config["passed"] == verdict.passed


def test_a_verdict_shows_itself_and_stays_readable_without_a_kernel(
    loop: nbloop.Loop, capsys: pytest.CaptureFixture[str]
) -> None:
    loop.gate()._ipython_display_()
    shown = capsys.readouterr().out  # what is displayed is printed where there is no notebook
    assert f'data-nbloop="{loop.data.uid}"><p>{loop.versions.index[-1]}' in shown
    assert "golden set" in shown.partition("application/vnd.jupyter.widget-view+json")[0]
    assert "application/vnd.jupyter.widget-view+json" in shown


def test_promote_and_roll_back_by_button_are_journalled_once(loop: nbloop.Loop) -> None:
    first = loop.versions.index[0]
    loop.promote(first, anyway=True)
    verdict = loop.gate(margin=0.9, slice_margin=0.99)
    panel = verdict.panel()
    assert panel.standing == {"serving": first, "before": None, "obstacle": ""}
    for _ in range(2):  # a page that got no reply asks again
        reply = ask(panel, "promote", "better", id="once")
        assert reply.error is None
    promoted: list[Any] = [event.action for event in loop.data.noted(Promote)]
    assert [(each.version, each.reason) for each in promoted[1:]] == [(verdict.candidate, "better")]
    assert panel._decision.standing.before == first
    assert "serves already" in ask(panel, "promote").error.message
    assert ask(panel, "roll_back", "it was slow").body.standing.serving == first
    assert loop.versions.index[loop.versions["serving"]].tolist() == [first]
    assert "nothing to roll back to" in ask(panel, "roll_back").error.message


def test_the_panel_follows_what_code_promotes(loop: nbloop.Loop) -> None:
    loop.promote(loop.versions.index[0], anyway=True)
    panel = loop.gate(margin=0.9, slice_margin=0.99).panel()
    loop.promote(loop.versions.index[1], anyway=True)
    panel.show(loop._session.view())
    assert "judge it again" in panel.standing["obstacle"]
    assert "judge it again" in ask(panel, "promote").error.message


def test_a_model_that_did_not_pass_needs_a_reason(loop: nbloop.Loop) -> None:
    last, first = loop.versions.index[-1], loop.versions.index[0]
    loop.promote(last, anyway=True)
    verdict = loop.gate(first, last, margin=0.0001)
    assert not verdict
    assert "say why" in ask(verdict.panel(), "promote", "  ").error.message
    assert ask(verdict.panel(), "promote", "it is smaller").body.standing.serving == first


def test_a_model_made_beside_the_loop_cannot_serve(loop: nbloop.Loop) -> None:
    weighed = loop.weigh(3, loop.data.labels.index[:5])
    panel = loop.gate(weighed.model).panel()
    assert "no version of this loop" in panel.standing["obstacle"]
    with pytest.raises(GateError, match="no version"):
        panel._decision.promote("", None)
