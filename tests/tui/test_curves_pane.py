"""The curves of one trial and of several: what each key does, and what is drawn for series good and bad."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from support.fake_source import BEGAN, SUMMARY, FakeSource, make_epochs, make_trial, make_view
from support.running_app import App, running

from tui_tuner.analysis.curves import Over
from tui_tuner.engine.view import BarView, EpochView, TrialState
from tui_tuner.tui.choices import Choices
from tui_tuner.tui.screens.form import Form
from tui_tuner.tui.widgets.curve_settings import CurveSettings, Kinds


def source_of(count: int = 4, **last: object) -> FakeSource:
    trials = [make_trial(number) for number in range(count)]
    return FakeSource(make_view([*trials[:-1], replace(trials[-1], **last)]))  # type: ignore[arg-type]


async def focused(app: App) -> None:
    await app.press("2")
    assert app.screen.focused is app.pane("curves")


def colours(app: App) -> list[str]:
    return [line.colour for line in app.pane("curves").plot.lines]


def in_sight(app: App) -> tuple[float, float]:
    window: tuple[float, float] | None = app.pane("curves").window
    assert window is not None
    return window


async def test_marked_trials_are_drawn_in_their_colours_and_named() -> None:
    source = source_of()
    async with running(source) as app:
        app.screen.mark(["0002", "0001"])
        await app.pilot.pause()
        marks = app.screen.state.marked if app.screen.state is not None else {}
        assert {marks["0001"], marks["0002"]} <= set(colours(app))
        assert "2 marked trials" in app.row("2 Curves")
        for trial_id in ("0001", "0002"):
            last = make_epochs(int(trial_id))[-1].metrics["val_accuracy"]
            assert f"━ {trial_id} {last:.4f}" in app.pane("curves").text
        app.screen.mark(["0001"])
        await app.pilot.pause()
        assert marks["0001"] in colours(app)
        assert marks["0002"] not in colours(app)


async def test_the_best_trial_lies_behind_the_shown_one_and_g_takes_it_away() -> None:
    async with running(source_of(), size=(120, 36)) as app:
        best = app.source.view.best_trial_id
        assert best is not None
        other = next(trial_id for trial_id in app.source.view.trials if trial_id != best)
        app.screen.choose(other)
        await app.pilot.pause()
        assert colours(app)[0] == "status-best"
        assert f"best {best}" in app.pane("curves").text
        await focused(app)
        await app.press("g")
        assert "status-best" not in colours(app)
        app.screen.choose(best)
        await app.press("g")
        assert "status-best" not in colours(app)  # it is the one that is shown


async def test_the_pruners_line_is_drawn_with_the_objective_only() -> None:
    bars = (BarView("median", ((5, 0.7), (6, 0.72), (7, math.nan))), BarView("lower bound", ((2, 0.6),), goes_on=True))
    source = source_of(1)
    source.put(bars=bars)
    async with running(source) as app:
        lines = [line.points for line in app.pane("curves").plot.lines if line.colour == "status-dim"]
        assert lines == [((6.0, 0.7), (7.0, 0.72)), ((3.0, 0.6), (10.0, 0.6))]
        assert "━ median 0.7200" in app.pane("curves").text
        await focused(app)
        await app.press("m")
        assert "status-dim" not in colours(app)
        await app.press("m", "g")
        assert "status-dim" not in colours(app)


async def test_u_smooths_and_the_raw_curve_stays_faint() -> None:
    async with running(source_of(1)) as app:
        await focused(app)
        raw = app.pane("curves").plot.lines
        await app.press("u")
        assert "smoothed 0.6" in app.row("2 Curves")
        lines = app.pane("curves").plot.lines
        assert [line.faint for line in lines] == [True, False, True, False]
        assert lines[0].points == raw[0].points
        assert lines[1].points != raw[0].points
        await app.press("u", "u", "u")
        assert app.pane("curves").plot.lines == raw


async def test_t_draws_over_steps_where_they_are_known() -> None:
    source = source_of(2)
    source.summary = replace(SUMMARY, steps_per_epoch=50)
    async with running(source) as app:
        await focused(app)
        await app.press("t")
        assert app.pane("curves").settings.over is Over.STEP
        assert [x for x, _ in app.pane("curves").plot.lines[-1].points] == [50.0 * epoch for epoch in range(1, 11)]
        assert "over step" in app.row("2 Curves")
        await app.press("end")
        assert "step 500" in app.pane("curves").text
        await app.press("t")
        assert app.pane("curves").settings.over is Over.TIME


async def test_t_draws_over_the_time_of_training() -> None:
    async with running(source_of(1)) as app:
        await focused(app)
        await app.press("t")
        line = app.pane("curves").plot.lines[0]
        assert [x for x, _ in line.points] == pytest.approx([0.8 * (index + 1) for index in range(10)])
        assert "over time" in app.row("2 Curves")
        await app.press("t")
        assert app.pane("curves").settings.over is Over.EPOCH


async def test_v_shows_validation_then_training_then_both() -> None:
    async with running(source_of(1)) as app:
        await focused(app)
        await app.press("v")
        assert colours(app) == ["curve-validation"]
        await app.press("v")
        assert colours(app) == ["curve-train"]
        await app.press("v")
        assert colours(app) == ["curve-train", "curve-validation"]


async def test_c_leaves_outliers_out_of_sight() -> None:
    source = source_of(1)
    values = [1000.0, *[1.0 + index / 100 for index in range(60)]]
    source.epochs_of["0000"] = tuple(
        EpochView(0, index, BEGAN, 1.0, {"loss": value}) for index, value in enumerate(values)
    )
    async with running(source) as app:
        await focused(app)
        assert app.pane("curves").plot.limits is None
        await app.press("c")
        _, high = app.pane("curves").plot.limits
        assert 1.5 < high < 3.0
        await app.press("c")
        assert app.pane("curves").plot.limits is None


async def test_y_asks_for_limits_and_refuses_what_makes_none() -> None:
    async with running(source_of(1)) as app:
        await focused(app)
        await app.press("y")
        assert isinstance(app.app.screen, Form)
        await app.press(*"0.9", "tab", *"0.2", "enter")
        assert isinstance(app.app.screen, Form)
        assert "The highest must be above the lowest." in app.text
        await app.press("end", "backspace", "backspace", "backspace", *"1.5", "enter")
        await app.until(lambda: not app.has_dialog)
        assert app.pane("curves").plot.limits == (0.9, 1.5)
        await app.press("m")
        assert app.pane("curves").plot.limits is None  # another metric has its own
        await app.press("m", "y", "backspace", "backspace", "backspace", "enter")
        await app.until(lambda: not app.has_dialog)
        low, high = app.pane("curves").plot.limits
        assert low < 0.9
        assert high == 1.5


async def test_the_cursor_reads_values_and_escape_takes_it_away() -> None:
    async with running(source_of(1)) as app:
        await focused(app)
        pane = app.pane("curves")
        await app.press("left")
        assert pane.cursor == 10.0
        await app.press("left")
        assert pane.cursor == 9.0
        value = make_epochs(0)[8].metrics["val_accuracy"]
        assert f"epoch 9   ━ train {make_epochs(0)[8].metrics['accuracy']:.4f}" in pane.text
        assert f"validation {value:.4f}" in pane.text
        await app.press("right", "right")
        assert pane.cursor == 10.0
        await app.press("home")
        assert pane.cursor == 1.0
        await app.press("left")
        assert pane.cursor == 1.0
        await app.press("end")
        assert pane.cursor == 10.0
        await app.press("escape")
        assert pane.cursor is None


async def test_a_trial_that_has_not_come_to_the_cursor_has_no_value_there() -> None:
    source = source_of(2)
    source.put_trial(make_trial(2, TrialState.RUNNING, done=4))
    async with running(source) as app:
        await focused(app)
        app.screen.mark(["0000"])
        await app.press("end")
        assert app.pane("curves").cursor == 10.0
        assert "━ 0002 —" in app.pane("curves").text


async def test_zoom_pan_and_the_way_back() -> None:
    source = source_of(1)
    source.epochs_of["0000"] = tuple(EpochView(0, index, BEGAN, 1.0, {"loss": 1.0}) for index in range(101))
    async with running(source) as app:
        await focused(app)
        pane = app.pane("curves")
        await app.press("up")
        assert pane.window == (26.0, 76.0)
        assert "zoomed" in app.row("2 Curves")
        await app.press("shift+right")
        assert pane.window == (38.5, 88.5)
        await app.press("shift+right", "shift+right", "shift+right")
        assert pane.window == (51.0, 101.0)
        await app.press("shift+left")
        assert pane.window == (38.5, 88.5)
        await app.press("down")
        assert pane.window is None
        for _ in range(20):
            await app.press("up")
        low, high = in_sight(app)
        assert high - low >= 2.0
        await app.press("home", "left")
        low, high = in_sight(app)
        assert low <= pane.cursor <= high  # the window follows the cursor
        await app.press("escape", "escape")
        assert pane.window is None


async def test_a_click_puts_the_cursor_there() -> None:
    async with running(source_of(1)) as app:
        await focused(app)
        await app.pilot.click("#plot", offset=(app.pane("plot").size.width - 1, 3))
        assert app.pane("curves").cursor == 10.0
        await app.pilot.click("#plot", offset=(1, 3))  # left of the axis
        assert app.pane("curves").cursor == 10.0


async def test_where_and_why_a_trial_was_stopped() -> None:
    reason = "epoch 6: 0.712 worse than the median 0.742 of 12"
    source = source_of(1, status=TrialState.STOPPED, message=reason)
    async with running(source) as app:
        (mark,) = [mark for mark in app.pane("curves").plot.all_marks if mark.symbol == "■"]
        assert mark.point == app.pane("curves").plot.lines[-1].points[-1]
        assert mark.colour == "status-warning"
        assert reason in app.text


async def test_what_was_chosen_is_kept_for_the_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with running(source_of(1), choices=Choices(tmp_path / "a")) as app:
        await focused(app)
        await app.press("u", "t", "v", "c", "g", "m", "l")
        chosen = app.pane("curves").settings
    assert chosen == CurveSettings("loss", True, 0.6, Over.TIME, True, Kinds.VALIDATION, False)
    async with running(source_of(1), choices=Choices(tmp_path / "a")) as app:
        assert app.pane("curves").settings == chosen
    async with running(source_of(1), choices=Choices(tmp_path / "b")) as app:
        assert app.pane("curves").settings == CurveSettings()


@pytest.mark.parametrize(
    "stored",
    [
        {"metric": 3, "smoothing": 7, "over": "miles", "kinds": None, "limits": [1]},
        {"limits": {"loss": [2, 1], "auc": ["x", None], "f1": [None], "acc": [math.nan, 1]}},
        {"log": "yes", "clip": 1, "guides": 0, "smoothing": [0.6]},
    ],
)
def test_settings_that_are_not_understood_are_left_as_they_are(stored: dict[str, object]) -> None:
    assert CurveSettings.from_choices(stored) == CurveSettings()


@pytest.mark.parametrize("values", [[], [math.nan, math.inf], [0.5], [math.nan, 0.5, -math.inf]])
async def test_no_key_breaks_on_series_that_are_empty_or_no_numbers(values: list[float]) -> None:
    source = source_of(2)
    for trial_id in source.view.trials:
        source.epochs_of[trial_id] = tuple(
            EpochView(0, index, BEGAN, math.nan, {"loss": value}) for index, value in enumerate(values)
        )
    async with running(source, size=(80, 24)) as app:
        await focused(app)
        app.screen.mark(["0000"])
        for key in ("left", "right", "home", "end", "up", "down", "shift+left", "t", "u", "v", "c", "g", "l", "escape"):
            await app.press(key)
        await app.pilot.pause()
        assert app.pane("curves").plot.is_empty == (not any(map(math.isfinite, values)))
    assert app.app.return_code in (0, None)


async def test_without_trials_the_keys_do_nothing() -> None:
    async with running(FakeSource(make_view([]))) as app:
        await focused(app)
        await app.press("left", "right", "home", "end", "up", "down", "y", "u", "t", "escape")
        assert not app.has_dialog
        assert "No trial yet." in app.pane("curves").text


async def test_where_there_is_no_room_for_a_plot_it_says_so_and_how_to_make_some() -> None:
    async with running(source_of(), size=(60, 20)) as app:
        assert "Too small to draw: z gives it all the place." in app.text
        await focused(app)
        await app.press("z")
        await app.pilot.pause()
        assert "Too small" not in app.text
        assert "┤" in app.text


async def test_the_curves_are_written_as_svg_and_png_with_their_legend(tmp_path: Path) -> None:
    source = source_of(1)
    source.put(root=tmp_path)
    async with running(source) as app:
        await focused(app)
        await app.press("w", "W")
        assert "validation" in (tmp_path / "plots" / "curves-0000-accuracy.svg").read_text()
        assert Image.open(tmp_path / "plots" / "curves-0000-accuracy.png").width > 500


async def test_a_picture_is_named_for_what_it_shows_and_overwrites_none(tmp_path: Path) -> None:
    odd = make_trial(7, trial_id="../[b]" + "日" * 300)
    source = FakeSource(make_view([make_trial(0), odd], root=tmp_path))
    async with running(source) as app:
        await focused(app)
        app.screen.choose("0000")
        for marked in ([], ["0000"], ["0000"], [odd.trial_id]):
            app.screen.mark(marked)
            await app.press("w")
        long = f"curves-.._b_{'日' * 300}"[:80]
        names = ["curves-0000-accuracy", "curves-0000-accuracy-2", "curves-0000-accuracy-3", long]
        assert {file.name for file in (tmp_path / "plots").iterdir()} == {f"{name}.svg" for name in names}
        assert app.app._notifications
        assert [Path(note.message).stem for note in app.app._notifications] == names
