"""The analysis: every plot on searches small, large, broken and hostile; what the keys do; files that are written."""

from __future__ import annotations

import math
import re
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from support.fake_source import BEGAN, FakeSource, make_trial, make_view
from support.running_app import App, running

from tui_tuner.engine.view import HyperParameterView, Objective, SearchView, TrialState, TrialView
from tui_tuner.tui.choices import Choices
from tui_tuner.tui.screens.analysis import AnalysisScreen
from tui_tuner.tui.widgets.analysis_plot import AnalysisPlot

PLOTS = ("history", "importance", "slices", "contour", "parallel", "matrix", "distribution", "timeline", "failures")
HOSTILE = "[red]x[/] \x1b[31mansi\x1b[0m \u202e\u05e9\u05dc\u05d5\u05dd \U0001f389\n" + "n" * 300


def usual(count: int = 40) -> SearchView:
    trials = []
    for number in range(count):
        trial = make_trial(number, message="epoch 6: worse than the median" if number % 5 == 3 else "")
        if number % 5 == 3:
            trial = make_trial(number, TrialState.STOPPED, message="epoch 6: worse than the median")
        if number % 7 == 5:
            trial = make_trial(number, TrialState.FAILED, message=f"OOM with shape[{number},8]")
        trials.append(replace(trial, worker=f"worker {number % 2}"))
    return make_view([*trials, make_trial(count, TrialState.RUNNING, done=4)])


def hostile() -> SearchView:
    space = (
        HyperParameterView(HOSTILE, "Choice", values=(HOSTILE, "[/b]")),
        HyperParameterView("[b]", "Float", min_value=0.0, max_value=1.0),
    )
    trials = [
        make_trial(
            number, values={HOSTILE: (HOSTILE, "[/b]")[number % 2], "[b]": number / 20}, trial_id=f"[b]\x1b[5m{number}"
        )
        for number in range(16)
    ]
    trials = [
        replace(trial, worker=HOSTILE, message=HOSTILE)
        if trial.number % 4
        else replace(trial, status=TrialState.FAILED, message=f"ValueError: {HOSTILE}", worker="")
        for trial in trials
    ]
    return make_view(trials, space=space, objective=Objective(HOSTILE, "max"), name=HOSTILE)


def odd_scores() -> SearchView:
    largest = sys.float_info.max
    scores = [math.nan, math.inf, -math.inf, 0.0, 1e300, -1e300, 5e-324, largest, -largest]
    return make_view([make_trial(number, score=score) for number, score in enumerate(scores)])


async def opened(app: App, number: int = 1) -> AnalysisScreen:
    await app.press("a")
    await app.until(lambda: isinstance(app.app.screen, AnalysisScreen) and app.app.screen.plot.material is not None)
    await app.press(str(number))
    await app.pilot.pause()
    screen = app.app.screen
    assert isinstance(screen, AnalysisScreen)
    return screen


async def test_a_opens_the_analysis_numbers_and_tab_go_through_the_plots_and_escape_closes_it() -> None:
    async with running(FakeSource(usual())) as app:
        screen = await opened(app)
        for number, name in enumerate(PLOTS, start=1):
            await app.press(str(number))
            assert screen.plot.id == name
            assert [plot.id for plot in screen.query(AnalysisPlot) if plot.display] == [name]
        await app.press("tab")
        assert screen.plot.id == "history"
        await app.press("shift+tab")
        assert screen.plot.id == PLOTS[-1]
        await app.press("0")  # there is no tenth
        assert screen.plot.id == PLOTS[-1]
        await app.press("escape")
        await app.until(lambda: not app.has_dialog)


async def test_a_search_for_several_objectives_has_a_tenth_plot_with_its_front(tmp_path: Path) -> None:
    others = (Objective("parameters", "min"), Objective("seconds", "min"))
    scores = [(0.9, 1000.0, 3.0), (0.8, 10.0, 2.0), (0.7, 500.0, 1.0), (0.6, 900.0, 9.0), (0.5, math.nan, 1.0)]
    trials = [
        replace(make_trial(number, score=score), other_scores=tuple(rest))
        for number, (score, *rest) in enumerate(scores)
    ]
    async with running(FakeSource(replace(make_view(trials, root=tmp_path), other_objectives=others))) as app:
        screen = await opened(app, 0)
        assert screen.plot.id == "pareto"
        assert "→ val_accuracy, more is better" in screen.plot.text
        assert "↑ parameters, less is better" in screen.plot.text
        assert "3 on the front" in screen.plot.text
        assert set(screen.plot.selected) == {"0000", "0001", "0002"}
        await app.press("left", "left")
        assert screen.plot.selected == ("0001",)
        assert "trial 0001 0.8000  10  2.000" in screen.plot.text
        await app.press("up")
        assert "↑ seconds, less is better" in screen.plot.text
        await app.press("escape", "W")
        assert set(screen.plot.selected) == {"0000", "0001", "0002"}
        assert (tmp_path / "plots" / "pareto.png").is_file()


@pytest.mark.parametrize(
    ("make", "size"),
    [
        (usual, (160, 45)),
        (usual, (60, 20)),
        (hostile, (120, 36)),
        (odd_scores, (80, 24)),
        (lambda: usual(1), (80, 24)),
        (lambda: make_view([]), (80, 24)),
    ],
)
async def test_every_plot_and_key_bears_every_search(make: object, size: tuple[int, int]) -> None:
    assert callable(make)
    async with running(FakeSource(make()), size=size) as app:
        await opened(app)
        for number in range(1, len(PLOTS) + 1):
            await app.press(str(number), "left", "up", "space", "down", "down", "right", "space")
            await app.pilot.pause()
            text = app.text.replace("\n", "")
            assert not {unicodedata.category(character) for character in text} & {"Cc", "Cf", "Cs"}
    assert app.app.return_code in (0, None)


async def test_plots_without_trials_say_so() -> None:
    async with running(FakeSource(make_view([]))) as app:
        screen = await opened(app)
        said = {}
        for number, name in enumerate(PLOTS, start=1):
            await app.press(str(number))
            said[name] = screen.plot.text
        assert said["failures"] == "No trial has failed."
        assert said["timeline"] == "No trial has begun yet."
        assert said["importance"].startswith("Importances are told from 10 completed or stopped trials on: 10 more.")
        assert {said[name] for name in ("history", "slices", "contour", "parallel", "matrix", "distribution")} == {
            "No trial yet."
        }


async def test_ten_thousand_trials() -> None:
    trials = [make_trial(number, score=math.sin(number)) for number in range(10_000)]
    async with running(FakeSource(make_view(trials, max_trials=10_000))) as app:
        screen = await opened(app, 5)
        assert "10,000 completed trials" in screen.plot.text
        assert "150 lines drawn, from the best down" in screen.plot.text
        await app.press("6")
        assert "the best 2,000 drawn" in screen.plot.text


async def test_the_history_has_a_cursor_and_enter_marks_its_trial() -> None:
    async with running(FakeSource(usual())) as app:
        screen = await opened(app)
        assert "best until then" in screen.plot.text
        await app.press("left", "left")
        (chosen,) = screen.plot.selected
        assert f"trial {chosen}" in screen.plot.text
        await app.press("enter")
        assert app.screen.state is not None
        assert list(app.screen.state.marked) == [chosen]
        await app.press("escape")
        assert screen.plot.selected == ()
        assert app.has_dialog  # the first one takes the cursor away
        await app.press("enter")
        assert any("Nothing is chosen" in note.message for note in app.app._notifications)


async def test_the_history_tells_trials_outside_the_constraints_from_those_that_compete() -> None:
    trials = [make_trial(number) for number in range(12)]
    trials[3] = replace(trials[3], score=0.99, violation=0.2)
    async with running(FakeSource(make_view(trials))) as app:
        screen = await opened(app)
        assert "11 completed" in screen.plot.text
        assert "1 outside the constraints" in screen.plot.text
        await app.press("3")
        assert "11 completed trials" in screen.plot.text


async def test_the_legend_of_the_history_has_only_symbols_that_are_drawn() -> None:
    trials = [make_trial(0), make_trial(1, score=math.inf), make_trial(2, score=math.nan), make_trial(3)]
    trials += [make_trial(4, TrialState.FAILED)]
    async with running(FakeSource(make_view(trials))) as app:
        screen = await opened(app)
        assert "2 without a score" in screen.plot.text
        assert "1 with an infinite score not drawn" in screen.plot.text
        assert "✗" not in screen.plot.text


async def test_the_importances_say_of_how_many_completed_and_stopped_trials_they_are() -> None:
    trials = [make_trial(number, TrialState.STOPPED if number % 3 else TrialState.COMPLETED) for number in range(30)]
    async with running(FakeSource(make_view(trials))) as app:
        screen = await opened(app, 2)
        assert "10 completed trials and 20 stopped early" in screen.plot.text
        assert "in 30 trials" in app.text


async def test_shares_are_written_alike_in_every_plot() -> None:
    async with running(FakeSource(usual())) as app:
        for number in ("2", "3", "8"):
            await opened(app, int(number))
            assert " %" in app.text
            assert re.search(r"\d%", app.text) is None
            await app.press("escape")
            await app.until(lambda: not app.has_dialog)


@pytest.mark.parametrize(
    ("number", "offered"),
    [(1, "Choose Mark"), (2, "Choose"), (3, "Choose"), (5, "Choose Brush Mark"), (7, ""), (9, "Choose Mark")],
)
async def test_only_the_keys_of_the_plot_in_sight_are_offered(number: int, offered: str) -> None:
    async with running(FakeSource(usual())) as app:
        await opened(app, number)
        bar = app.row("Next plot")
        assert [word for word in ("Choose", "Brush", "Mark") if word in bar] == offered.split()
        await app.poll()
        assert app.row("Next plot") == bar


@pytest.mark.parametrize(
    ("width", "tabs"),
    [
        (160, "1 History  2 Importance  3 Slices  4 Contour  5 Parallel  6 Matrix  7 Distribution  8 Timeline"),
        (102, "1 History 2 Importance 3 Slices 4 Contour 5 Parallel  6 Matrix 7 Distribution 8 Timeline 9 Failures"),
        (80, "1 Hist… 2 Impo… 3 Slices 4 Cont… 5 Parallel  6 Matrix 7 Dist… 8 Time… 9 Fail…"),
        (60, "1 H… 2 I… 3 Slices 4 C… 5 Parallel  6 M… 7 D… 8 T… 9 F…"),
    ],
)
async def test_the_names_of_the_plots_take_the_room_that_there_is(width: int, tabs: str) -> None:
    async with running(FakeSource(usual()), size=(width, 24)) as app:
        await opened(app, 5)
        assert tabs in app.row(" 5 Parallel ")


async def test_a_caption_that_does_not_fit_goes_on_in_the_next_line() -> None:
    async with running(FakeSource(usual()), size=(60, 24)) as app:
        screen = await opened(app, 7)
        assert screen.plot.text.split()[-1] in app.text.split()


async def test_without_colours_the_states_of_trials_are_told_apart_by_their_characters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(FakeSource(usual())) as app:
        screen = await opened(app, 8)
        symbols = re.findall(r"(\S) (?:completed|stopped|failed)", screen.plot.text)
        assert len(set(symbols)) == 3
        assert all(symbol in app.row("worker 0") + app.row("worker 1") for symbol in symbols)
        await app.press("1")
        await app.pilot.pause()
        assert "• 28 completed" in screen.plot.text
        assert "■ 7 stopped" in screen.plot.text
        assert sum(line.count("■") for line in app.text.splitlines()) == 8  # with the legend's own


async def test_the_help_names_the_plots() -> None:
    async with running(FakeSource(usual())) as app:
        await opened(app)
        await app.press("question_mark")
        await app.until(lambda: "Show the history." in app.text)
        assert "Show the parallel coordinates." in app.text
        assert "Show plot" not in app.text


async def test_slices_go_through_the_hyperparameters_and_the_map_never_has_one_twice() -> None:
    async with running(FakeSource(usual())) as app:
        screen = await opened(app, 3)
        names = set()
        for _ in range(4):
            names.add(screen.plot.text.split("   ")[0])
            await app.press("down")
        assert names == {"units", "learning_rate", "dropout", "batch_norm"}
        await app.press("4")
        for key in ("right", "up", "right", "up", "left", "down", "down"):
            await app.press(key)
            across, upwards = (part.split()[1] for part in screen.plot.text.split("   ")[:2])
            assert across != upwards


async def test_the_brush_chooses_trials_and_enter_marks_them() -> None:
    async with running(FakeSource(usual())) as app:
        screen = await opened(app, 5)
        await app.press("up", "space")  # the best tenth of the scores
        brushed = screen.plot.selected
        assert app.source.view.best_trial_id == brushed[0]
        assert f"{len(brushed)} of " in screen.plot.text
        await app.press("enter")
        assert app.screen.state is not None
        assert list(app.screen.state.marked) == list(brushed[:8])
        await app.press("left", "space")
        assert set(screen.plot.selected) < set(brushed)
        await app.press("escape")
        assert screen.plot.selected == ()
        await app.press("escape", "escape")
        await app.until(lambda: not app.has_dialog)


async def test_whole_numbers_have_whole_ticks_in_slices_and_the_map() -> None:
    space = (
        HyperParameterView("layers", "Int", min_value=1, max_value=5),
        HyperParameterView("depth", "Int", min_value=1, max_value=4),
    )
    trials = [make_trial(number, values={"layers": 1 + number % 5, "depth": 1 + number % 4}) for number in range(20)]
    async with running(FakeSource(make_view(trials, space=space))) as app:
        await opened(app, 3)
        assert any(line.split() == ["1", "2", "3", "4", "5"] for line in app.text.splitlines())
        await app.press("4")
        await app.pilot.pause()
        assert any(line.split() == ["1", "2", "3", "4", "5"] for line in app.text.splitlines())
        assert "1.5" not in app.text


async def test_where_not_all_axes_fit_the_most_important_ones_stand_beside_the_score() -> None:
    names = [f"hp {number}" for number in range(9)]
    space = tuple(HyperParameterView(name, "Float", min_value=0.0, max_value=1.0) for name in names)
    trials = [
        make_trial(
            number,
            score=number / 30,
            values={name: number / 30 if name == "hp 6" else number * 7 % 30 / 30 for name in names},
        )
        for number in range(30)
    ]
    async with running(FakeSource(make_view(trials, space=space)), size=(80, 24)) as app:
        screen = await opened(app, 5)
        await app.until(lambda: "hidden" in screen.plot.text)
        axes = app.row("hp 6").split("hp ")
        assert len(axes) == 5
        assert axes[-1].split() == ["6", "val_accuracy"]
        assert "+5 hidden" in screen.plot.text
        first = screen.plot.material.scored.hyperparameters[-1].name if screen.plot.material else ""
        assert first not in app.text
        await app.press("left", *["left"] * 9)  # to the least important one
        await app.until(lambda: first in app.text)
        assert "val_accuracy" in app.row(first)
        await app.pilot.resize_terminal(160, 45)
        await app.until(lambda: "hidden" not in screen.plot.text)


async def test_without_colours_the_map_has_densities_and_the_brush_leaves_the_others_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(FakeSource(usual())) as app:
        screen = await opened(app, 4)
        assert {"░", "█"} & set(app.text)
        assert "▀" not in app.text
        assert "worst ░▒▓█ best" in screen.plot.text
        await app.press("6")
        await app.pilot.pause()
        assert "worst" not in screen.plot.text
        await app.press("5")
        await app.pilot.pause()
        assert "worst" not in screen.plot.text
        lines = dots(app.text)
        await app.press("up", "space")
        await app.pilot.pause()
        assert screen.plot.selected
        assert 0 < dots(app.text) < lines / 2


def dots(text: str) -> int:
    return sum(0x2800 < ord(character) <= 0x28FF for character in text)


async def test_failures_are_grouped_with_what_they_share() -> None:
    view = usual()
    trials: list[TrialView] = [
        replace(
            trial, hyperparameters={**trial.hyperparameters, "units": 64 if trial.status is TrialState.FAILED else 8}
        )
        for trial in view.trials.values()
    ]
    async with running(FakeSource(make_view(trials))) as app:
        screen = await opened(app, 9)
        assert "1 cause" in screen.plot.text
        assert "OOM with shape[" in app.text
        assert "all have units 64, as none of" in app.text
        assert set(screen.plot.selected) == {trial.trial_id for trial in trials if trial.status is TrialState.FAILED}


async def test_the_timeline_follows_the_time_and_the_others_only_what_has_ended() -> None:
    now = [BEGAN + 500.0]
    source = FakeSource(usual())
    async with running(source, clock=lambda: now[0]) as app:
        screen = await opened(app, 8)
        before = app.text
        assert "worker 1" in before
        now[0] += 500.0
        await app.poll()
        assert app.text != before
        await app.press("1")
        material = screen.plot.material
        source.put_trial(make_trial(40, TrialState.RUNNING, done=5))
        await app.poll()
        assert screen.plot.material is material
        source.put_trial(make_trial(40))
        await app.poll()
        assert screen.plot.material is not material


async def test_the_plot_is_kept_for_the_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with running(FakeSource(usual()), choices=Choices(tmp_path / "a")) as app:
        await opened(app, 6)
    async with running(FakeSource(usual()), choices=Choices(tmp_path / "a")) as app:
        await app.press("a")
        await app.until(lambda: isinstance(app.app.screen, AnalysisScreen))
        screen = app.app.screen
        assert isinstance(screen, AnalysisScreen)
        assert screen.plot.id == "matrix"


async def test_every_plot_is_written_as_svg_and_png(tmp_path: Path) -> None:
    source = FakeSource(replace(usual(), root=tmp_path))
    async with running(source, size=(100, 30)) as app:
        await opened(app)
        for number, name in enumerate(PLOTS, start=1):
            await app.press(str(number))
            await app.pilot.pause()
            await app.press("w", "W")
            svg, png = (tmp_path / "plots" / f"{name}.{ending}" for ending in ("svg", "png"))
            assert [note.message for note in app.app._notifications][-2:] == [str(svg), str(png)]
            assert "rect" in {element.tag.rpartition("}")[2] for element in ElementTree.parse(svg).iter()}
            image = Image.open(png)
            assert image.width > 1000
            assert len(image.getcolors(1 << 24) or []) > 2


async def test_a_search_that_may_not_be_written_to_is_drawn_where_the_app_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = FakeSource(replace(usual(), root=tmp_path / "no" / "such" / "search"))
    async with running(source) as app:
        await opened(app)
        await app.press("w")
        assert (tmp_path / "history.svg").is_file()


async def test_a_file_that_cannot_be_written_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, content: bytes) -> int:
        raise OSError("[Errno 28] No space left on device")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    source = FakeSource(replace(usual(), root=tmp_path))
    async with running(source) as app:
        await opened(app)
        await app.press("w")
        (note,) = app.app._notifications
        assert note.severity == "error"
        assert note.message == "[Errno 28] No space left on device"
