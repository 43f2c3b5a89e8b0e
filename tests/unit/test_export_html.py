"""The report: one file, whole by itself, in which texts from outside stay texts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support.stored_search import add_trial, store_search

from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.store import Store
from tui_tuner.engine.view import TrialState
from tui_tuner.interop.html_report import data as report_of
from tui_tuner.interop.html_report import write_report
from tui_tuner.interop.html_report.data import report_data


@pytest.fixture
def page(tmp_path: Path) -> str:
    reader = SearchReader(store_search(tmp_path / "search"))
    path = write_report(reader, tmp_path / "out")
    reader.close()
    return path.read_text(encoding="utf-8")


def search_of(page: str) -> Any:
    """What the page's script is given."""
    (text,) = re.findall(r'<script id="search" type="application/json">(.*?)</script>', page, re.DOTALL)
    return json.loads(text)


def test_it_holds_the_whole_search(page: str) -> None:
    search = search_of(page)
    assert [trial["id"] for trial in search["trials"]] == ["0", "1", "2", "3"]
    assert [trial["rank"] for trial in search["trials"]] == [2, None, None, 1]
    first, failed, _, best = search["trials"]
    assert first["hp"] == {"units": 8, "rate": 0.001, "act": "relu", "slope": 0.2, "norm": True}
    assert first["curves"]["val_loss"] == [[1, 0.5], [2, 0.25]]  # JSON has no NaN
    assert failed["message"] == "ValueError: <b>it broke</b>"
    assert failed["score"] is None
    assert best["curves"]["val_loss"] == [[1, pytest.approx(0.3)], [2, pytest.approx(0.2)]]
    assert search["best"] == "3"
    assert search["config"] == "name: stored\nmodel: dense\nfit:\n  epochs: 3\n"
    assert search["test_metrics"] == {"loss": 0.2}
    assert {hp["name"]: hp["sampling"] for hp in search["space"]}["rate"] == "log"


def test_no_text_can_end_the_data_or_begin_an_element(page: str) -> None:
    assert "</script><b>" in search_of(page)["trials"][1]["hp"].values()
    assert "<b>" not in page
    assert page.count("</script>") == 3


def test_it_loads_nothing_from_anywhere(page: str) -> None:
    assert set(re.findall(r"""\bhttps?://[^"'\s]+""", page)) == {"http://www.w3.org/2000/svg"}  # a name, no address
    assert re.search(r"<(link|img|iframe)|\bsrc=|@import|url\(", page) is None
    assert "default-src 'none'" in page


def test_the_curves_of_many_trials_are_those_of_the_best(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_of, "CURVES", 1)
    reader = SearchReader(store_search(tmp_path))
    with_curves = [trial["id"] for trial in report_data(reader)["trials"] if trial["curves"]]
    reader.close()
    assert with_curves == ["3"]


def test_several_objectives_are_there_with_their_front(tmp_path: Path) -> None:
    root = store_search(tmp_path)
    store = Store(root / "search.db")
    with store.transaction():
        store.set_meta(other_objectives=[{"name": "parameters", "direction": "min"}])
    store.close()
    for number, other in ((0, 5.0), (3, 50.0)):  # 3 has the better score
        score = 0.25 if number == 0 else 0.2
        add_trial(root, number, TrialState.COMPLETED, {"units": 8}, ((0.5,),), score=score, other_scores=(other,))
    reader = SearchReader(root)
    search = report_data(reader)
    reader.close()
    assert search["others"] == [{"name": "parameters", "direction": "min"}]
    assert search["front"] == ["3", "0"]
    assert [trial["others"] for trial in search["trials"]] == [[5.0], [], [], [50.0]]


def test_a_search_without_trials_has_a_report_too(tmp_path: Path) -> None:
    Store(tmp_path / "search.db").close()
    reader = SearchReader(tmp_path)
    path = write_report(reader, tmp_path)
    reader.close()
    assert search_of(path.read_text())["trials"] == []
