"""The report: all that is known of a loop on one page, which loads and runs nothing; and the same as Markdown."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import nbloop
from nbloop.errors import DataError
from nbloop.examples import tickets
from nbloop.report import Outcome, Section, Share, Span, html, markdown
from nbloop.report.sections import SECTIONS
from nbloop.schema import Alert, Annotate, Routed

FRAME = tickets(240)
TASK = nbloop.Classification(sorted(FRAME["intent"].unique()), guidelines="What does the writer *want*?")
EVIL = "<script>alert(1)</script>"


def opened(frame: pd.DataFrame = FRAME, task: nbloop.Classification = TASK, **options: Any) -> nbloop.Loop:
    given = {"golden": 0.4, "truth": "intent", "store": ":memory:", "annotator": "ana", "content": "text"} | options
    return nbloop.Loop(nbloop.Dataset(frame, id="ticket", task=task, **given))


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def loop() -> nbloop.Loop:
    loop = opened()
    loop.simulate(n=40, batch=10)
    first = loop.data.labels.index[0]
    loop.look_again([first], "to be sure")
    loop.tell(first, loop.data.labels["label"].iloc[0])
    loop.categorise(loop.errors().frame.index[0], "unseen case")
    loop.promote(loop.versions.index[0], reason="the first", anyway=True)
    loop.gate()
    rows = [(id, name, label) for id, label in loop.data.labels["label"].items() for name in ("ben", "eve")]
    loop.data.add_annotations(pd.DataFrame(rows, columns=["sample", "annotator", "label"]))
    loop.data.record([loop.data.event(Annotate(loop.ask()[0].id, TASK.names[0], seconds=4.0))])
    loop._session.note(Routed("m1", 0.05, 0.95, "sure enough", accept=0.9, accepted=7, asked=2, to_expert=1))
    loop._session.note(Alert("data", "length is not as it was"))
    return loop


@pytest.fixture(scope="module")
def written(loop: nbloop.Loop, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("report")
    return loop.report(folder / "r.html").read_text(), loop.report(folder / "r.md").read_text()


def part(text: str, title: str) -> str:
    return text.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_page_and_markdown_have_the_same_sections_and_each_is_linked(written: tuple[str, str]) -> None:
    page, text = written
    titles = re.findall(r"^## (.*)$", text, flags=re.M)
    assert titles == re.findall(r"<h2>(.*?)</h2>", page)
    assert titles[0] == "At a glance"
    assert {"Learning curve", "Errors by reason", "From detection to correction", "Effort", "Agreement"} < {*titles}
    assert {"Drift", "Routing", "The gate", "Decisions", "Data card", "Model card"} < {*titles}
    anchors = [link["href"] for link in Page(page).all("a")]
    assert anchors == ["#" + section["id"] for section in Page(page).all("section")]


def test_nothing_is_loaded_and_nothing_can_run(written: tuple[str, str]) -> None:
    page = Page(written[0])
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "iframe", "object", "embed", "form", "link", "base"})
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "srcset", "href"):
            assert attributes.get(name, "#").startswith(("#", "data:image/svg+xml;base64,"))
    assert "default-src 'none'" in page.all("meta")[1]["content"]
    assert "url(" not in written[0]


def test_the_curve_is_drawn_for_light_and_for_dark(written: tuple[str, str]) -> None:
    page = Page(written[0])
    light, dark = page.all("img")[0], page.all("source")[0]
    assert "dark" in dark["media"]
    assert light["src"] != dark["srcset"]
    assert "on the golden set after" in light["alt"]


def test_errors_by_reason_have_intervals_and_what_they_call_for(written: tuple[str, str]) -> None:
    row = next(line for line in part(written[1], "Errors by reason").splitlines() if "unseen case" in line)
    assert re.search(r"\| 1 \| \d+\.\d% \(\d+\.\d–\d+\.\d%\) \| data \| Label more samples", row)


def test_routing_drift_and_decisions_are_told(loop: nbloop.Loop, written: tuple[str, str]) -> None:
    text = written[1]
    assert "7 / 2 / 1 | sure enough" in part(text, "Routing")
    assert "length is not as it was" in part(text, "Drift")
    decisions = part(text, "Decisions")
    assert f"| {loop.versions.index[0]} | promoted | the first |" in decisions
    assert f"the gate against {loop.versions.index[0]}" in decisions
    assert f"{loop.versions.index[0]} serves." in decisions


def test_people_are_counted_without_the_truth(written: tuple[str, str]) -> None:
    text = written[1]
    assert "3 people labelled" in part(text, "Agreement")
    assert "Krippendorff's α | 1.00" in part(text, "Agreement")
    assert "4.0 s of active time for 1 answer." in part(text, "Effort")
    assert "1 queued sample was answered" in part(text, "From detection to correction")
    assert "| truth |" not in text


def test_the_cards_say_what_it_was_made_of(loop: nbloop.Loop, written: tuple[str, str]) -> None:
    data, model = part(written[1], "Data card"), part(written[1], "Model card")
    assert "Guidelines: What does the writer" in data
    assert "96 of 96 golden samples verified" in data
    assert loop.versions.index[-1] in model
    assert f"accuracy on the golden set | {loop.versions['accuracy'].iloc[-1]:.1%} (" in model
    assert "nbloop" in model


def test_a_loop_that_has_just_begun_has_a_report_that_says_so(tmp_path: Path) -> None:
    text = opened(golden=None, truth=None).report(tmp_path / "r.md").read_text()
    assert "No golden sample is verified yet" in text
    assert "There is no model yet" in text
    assert "Label on." not in text  # what to do next is for the dashboard


def test_a_loop_without_a_model_has_a_report(tmp_path: Path) -> None:
    loop = nbloop.annotate(["a", "b"], ["x", "y"], store=":memory:")
    loop.tell(loop.ask()[0].id, "x")
    text = loop.report(tmp_path / "r.md").read_text()
    assert "| x | 1 | 100.0% |" in part(text, "Data card")
    assert "this loop has no model" in part(text, "Model card")


def test_a_loop_without_an_error_says_that_there_is_none(tmp_path: Path) -> None:
    frame = FRAME.assign(ticket=range(len(FRAME)))
    task = nbloop.Classification(["yes", "no"])
    frame = frame.assign(intent=["yes" if i % 2 else "no" for i in frame["ticket"]])
    frame = frame.assign(text=[f"{'certainly agreed' if i % 2 else 'never refused'} {i}" for i in frame["ticket"]])
    loop = opened(frame, task)
    loop.simulate(n=40, batch=40)
    text = loop.report(tmp_path / "r.md").read_text()
    assert "Model and people have agreed so far." in part(text, "Errors by reason")
    assert "There are no errors." in part(text, "What is taken for what")
    assert "no error in any of them" in part(text, "Where errors gather")


def test_what_samples_labels_and_people_say_stays_text(tmp_path: Path) -> None:
    task = nbloop.Classification([EVIL, "a|b\n`c`"])
    frame = pd.DataFrame(
        {"ticket": range(120), "text": [f"<img src=x onerror=alert(2)> {i} {i % 2}" for i in range(120)]}
    ).assign(**{"<b>": EVIL, "intent": [task.names[i % 2] for i in range(120)]})
    loop = opened(frame, task, content=["text", "<b>"], annotator="<u>eve</u>")
    loop.simulate(n=40, batch=20)
    loop.gate(slices=["<b>"])
    loop.look_again([loop.data.labels.index[0]], EVIL)
    page = Page(loop.report(tmp_path / "r.html").read_text())
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "u"})
    assert len(page.all("b")) == len(SECTIONS)  # the headings of the contents, and no column's name
    assert all(image["src"].startswith("data:") for image in page.all("img"))
    assert EVIL in "".join(page.text)
    text = loop.report(tmp_path / "r.md").read_text()
    assert "<script>" not in text
    rows = [line for line in part(text, "Data card").splitlines() if line.startswith("| a")]
    assert rows[0].startswith("| a\\|b \\`c\\` |")


def test_figures_are_drawn_with_their_intervals() -> None:
    table = pd.DataFrame({"x": ["a", "b"], "y": [Span(0.5, 0.25, 0.75), Span(0.1, -0.1, 0.3, change=True)]})
    page = html("t", [Section("s", "", table.assign(z=[Share(0.2), Outcome("failed")]))])
    assert 'class="whisker" style="--l:0.2500;--v:0.5000;--h:0.7500"' in page
    assert 'class="whisker change" style="--l:0.4500;--v:0.5500;--h:0.6500"' in page
    assert '--v:0.2000"></span>' in page
    assert '<span class="failed">✕ failed</span>' in page
    assert "| b | +10.0 (-10.0 to +30.0) | failed |" in markdown("t", [Section("s", "", table.assign(z="failed"))])


def test_a_report_is_html_or_markdown(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a report needs a folder to lie in; there is no '.*none'"):
        opened().report(tmp_path / "none" / "report.html")
    with pytest.raises(DataError, match=r"written as \.html or \.md; found 'report.pdf'"):
        opened().report(tmp_path / "report.pdf")
