"""The search space shows what the search has learnt of it."""

from __future__ import annotations

import pytest
from support.fake_source import FakeSource, make_trial, make_view
from support.running_app import App, running

from tui_tuner.analysis.edges import Edge
from tui_tuner.analysis.strips import Strip
from tui_tuner.engine.view import HyperParameterView, TrialState, TrialView
from tui_tuner.tui.widgets.learning import QUICK
from tui_tuner.tui.widgets.space import draw_strip, format_advice

RATE = HyperParameterView("learning_rate", "Float", min_value=1e-5, max_value=1e-2, sampling="log")
KIND = HyperParameterView("[red]kind", "Choice", values=("a", "b"))


def trial(number: int, of: int = 40) -> TrialView:
    """The higher the learning rate, the better, and the best are at the end of the range."""
    values = {"learning_rate": min(0.01, 10.0 ** (-5 + 3.6 * number / of)), "[red]kind": "ab"[number % 2]}
    return make_trial(number, score=number / of, values=values)


def search(count: int) -> FakeSource:
    return FakeSource(make_view([trial(number, count) for number in range(count)], space=(RATE, KIND)))


def line(app: App, name: str) -> str:
    """The line of the search space for a hyperparameter."""
    return next(row for row in app.text.splitlines() if row.lstrip("│ ").startswith(name))


async def test_strips_importances_and_the_edge_are_shown() -> None:
    async with running(search(40), size=(80, 24)) as app:
        await app.press("3")
        await app.until(lambda: "matters" in app.text)
        assert "▃" in line(app, "learning_rate")
        assert "◆" in line(app, "learning_rate")
        assert " %  a, b" in line(app, "[red]kind")
        assert "widen learning_rate" in app.text.splitlines()[-2]
        await app.press("right", "right", "right")
        await app.pilot.pause()
        assert "widen up to 0.3" in line(app, "learning_rate")


async def test_an_epoch_teaches_nothing_and_a_trial_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_tuner.tui.widgets.learning._REST_S", 0.0)
    source = search(40)
    async with running(source) as app:
        source.put_trial(make_trial(40, TrialState.RUNNING, done=1, values={"learning_rate": 1e-5}))
        await app.poll()
        learning = app.pane("space")._learning
        await app.until(lambda: learning.known.strips and sum(learning.known.strips["learning_rate"].samples) == 41)
        with_one_more = learning.known
        source.put_trial(make_trial(40, TrialState.RUNNING, done=2, values={"learning_rate": 1e-5}))
        await app.poll()
        assert app.pane("space")._learning.known is with_one_more


async def test_where_there_are_many_trials_it_is_worked_out_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_tuner.tui.widgets.learning._REST_S", 0.0)
    source = search(QUICK + 100)
    async with running(source) as app:
        learning = app.pane("space")._learning
        await app.until(lambda: learning.known.strips)
        assert sum(learning.known.strips["learning_rate"].samples) == QUICK + 100
        await app.until(lambda: "◆" in line(app, "learning_rate"))
        source.put_trial(trial(QUICK + 100, QUICK + 100))
        await app.poll()
        await app.until(lambda: sum(learning.known.strips["learning_rate"].samples) == QUICK + 101)


@pytest.mark.parametrize("count", [0, 1])
async def test_with_hardly_any_trial_there_is_only_what_is_known(count: int) -> None:
    async with running(search(count), size=(80, 24)) as app:
        await app.press("3")
        await app.pilot.pause()
        assert "matters" not in app.text
        assert ("◆" in line(app, "learning_rate")) == bool(count)
        assert "2 hyperparameters" in app.text


def text_of(strip: Strip, width: int) -> str:
    return "".join(text for text, _ in draw_strip(strip, width))


def test_a_strip_shows_how_often_each_part_was_tried() -> None:
    assert text_of(Strip((0, 1, 7, 4), (0, 0, 1, 0), 2), 4) == "▁▂◆▅"
    assert [colour for _, colour in draw_strip(Strip((0, 1, 7, 4), (0, 0, 1, 0), 2), 4)] == [
        *("track", "dim", "best", "dim")
    ]


def test_a_value_of_few_has_as_much_room_as_each_other() -> None:
    assert text_of(Strip((1, 1), (0, 1), 1), 12) == "█████ ██◆██ "
    assert text_of(Strip((1, 1, 1), (0, 0, 0), None), 7) == "██████"


def test_more_values_than_room_share_it() -> None:
    assert len(text_of(Strip((1,) * 100, (0,) * 100, 99), 12)) == 12
    assert text_of(Strip((1,) * 100, (0,) * 100, 99), 12).endswith("◆")


def test_advice_says_whether_the_space_or_a_limit_ends_it() -> None:
    assert format_advice(Edge("a", "upper", 0.01, False, 0.03, 4, 4)) == "widen up to 0.03"
    assert format_advice(Edge("a", "lower", 0.001, True, 0.0001, 4, 4)) == "lift the limit down to 1e-4"
