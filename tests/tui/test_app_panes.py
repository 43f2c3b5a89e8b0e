"""What the panes show, for searches small, large, broken and hostile."""

from __future__ import annotations

import math
import os
import time
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from support.fake_source import BEGAN, SPACE, FakeSource, make_epochs, make_trial, make_view
from support.running_app import running

from tui_tuner.engine.view import EpochView, HyperParameterView, Objective, SearchState, TrialState, WorkerView
from tui_tuner.tui.widgets.tail import MAX_LINES

HOSTILE = "[red]x[/] \x1b[31mansi\x1b[0m \u202e\u05e9\u05dc\u05d5\u05dd \U0001f389\n" + "n" * 300


async def test_an_empty_search_says_what_it_waits_for() -> None:
    view = make_view(state=SearchState.STARTING, space=())
    source = FakeSource(replace(view, workers=(WorkerView("worker 0", 7, "GPU 0", "importing TensorFlow"),)))
    async with running(source) as app:
        assert "Starting: importing TensorFlow in worker 0 …" in app.text
        assert "Found when the model is built for the first time." in app.text
        assert "No trial has completed yet." in app.text
        assert "trial 1 of 30" in app.header
        source.put(state=SearchState.FAILED, detail="The data file is missing.", run_started=None, workers=())
        await app.poll()
        assert "No trial was run." in app.text
        assert "No trial was run." in app.pane("curves").text
        assert "No trial was completed." in app.text
        assert "yet" not in app.text
        assert "✗ failed   The data file is missing." in app.header


async def test_why_a_search_failed_before_its_first_trial_can_be_read_whole_on_a_small_terminal() -> None:
    columns = ", ".join(f"column_{number}" for number in range(12))
    detail = f"data.csv: no numbers in the columns {columns}; encode them"
    async with running(FakeSource(make_view(state=SearchState.FAILED, detail=detail)), size=(80, 24)) as app:
        said = " ".join(app.text.replace("│", " ").split())
        assert f"No trial was run. The search failed: {detail}" in said


async def test_a_search_in_which_no_completed_trial_keeps_to_the_constraints_says_so() -> None:
    trials = [replace(make_trial(number), violation=0.5) for number in range(3)]
    view = replace(make_view(trials), best_trial_id=None, constraints=("parameters <= 10",))
    async with running(FakeSource(view)) as app:
        assert "No completed trial keeps to the constraints:" in app.text
        assert "parameters <= 10" in app.text
        assert "No trial has completed" not in app.text


async def test_the_device_of_a_worker_in_the_process_of_a_script_is_named_whole() -> None:
    view = make_view([make_trial(0, TrialState.RUNNING, done=3)])
    worker = replace(view.workers[0], device="this process")
    async with running(FakeSource(replace(view, workers=(worker,))), size=(120, 36)) as app:
        assert "worker 0  this process  trial 0000" in app.text


async def test_one_running_trial() -> None:
    source = FakeSource(make_view([make_trial(0, TrialState.RUNNING, done=0)]))
    async with running(source) as app:
        assert "1 trial " in app.row("Leaderboard")
        assert "The first epoch is running …" in app.text
        assert "0/10" in app.row("0000   ●")
        source.put_trial(make_trial(0, TrialState.RUNNING, done=7))
        await app.poll()
        assert "7/10" in app.row("0000   ●")
        assert "epoch 7 of 10" in app.row("worker 0")


async def test_the_leaderboard_is_ordered_and_failures_come_last() -> None:
    trials = [
        make_trial(0, score=0.7),
        make_trial(1, TrialState.FAILED),
        make_trial(2, score=0.9),
        make_trial(3, score=math.nan),
        make_trial(4, TrialState.STOPPED, score=0.95),
        make_trial(5, TrialState.RUNNING, done=2),
        make_trial(6, score=0.8),
        make_trial(7, TrialState.INTERRUPTED),
    ]
    async with running(FakeSource(make_view(trials))) as app:
        assert list(app.pane("leaderboard").keys) == ["0005", "0002", "0006", "0000", "0004", "0007", "0001", "0003"]
        assert "★ 1  0002" in app.text
        assert "2  0006" in app.text


async def test_a_trial_that_was_trained_several_times_shows_every_score_and_their_spread() -> None:
    folds = (0.8, 0.7, 0.9)
    trials = [
        replace(
            make_trial(0, score=0.8, values={"units": 8, "learning_rate": 0.1}), execution_scores=folds, executions=3
        ),
        make_trial(1, TrialState.RUNNING, done=2),
    ]
    async with running(FakeSource(replace(make_view(trials), executions_per_trial=3)), size=(240, 45)) as app:
        row = app.row("✓ completed")
        assert "0.8000     ± 0.1" in row
        assert "0.8000  0.7000  0.9000" in row
        assert "spread" in app.row("val_accuracy  ")


async def test_numbers_have_four_significant_digits() -> None:
    trial = make_trial(0, score=0.00012345, values={"units": 8, "learning_rate": 1e-4})
    async with running(FakeSource(make_view([trial]))) as app:
        row = app.row("✓ completed")
        assert "1.234e-4" in row
        assert " 1e-4 " in row
        assert "0.00" not in row


async def test_ten_thousand_trials_are_all_there_and_only_those_in_sight_are_drawn() -> None:
    trials = [make_trial(number, score=number / 10_000) for number in range(10_000)]
    source = FakeSource(make_view(trials, max_trials=10_000))
    async with running(source) as app:
        board = app.pane("leaderboard")
        assert "10,000 trials" in app.row("Leaderboard")
        assert len(board.keys) == 10_000
        assert len(board._cells) < 100
        await app.press("end")
        await app.pilot.pause()
        assert "0000   ✓" in app.text
        await app.press("home", "pagedown")
        await app.pilot.pause()
        assert board.cursor_key == board.keys[board.visible_rows]
        source.put_trial(make_trial(10_000, TrialState.RUNNING, done=3))
        await app.poll()
        assert len(board.keys) == 10_001


async def test_the_selection_stays_on_its_trial_when_the_order_changes() -> None:
    trials = [make_trial(number, score=number / 100) for number in range(40)]
    source = FakeSource(make_view(trials))
    async with running(source) as app:
        board = app.pane("leaderboard")
        await app.press("home", "down", "down")
        await app.pilot.pause()
        assert board.cursor_key == "0037"
        source.put(trials={**source.view.trials, "0037": replace(make_trial(37), score=0.001)})
        await app.poll()
        assert board.cursor_key == "0037"
        assert board.keys[-1] != "0037"
        assert "0037" in app.text  # in sight still
        assert app.screen.state is not None
        assert app.screen.state.shown is not None
        assert app.screen.state.shown.trial_id == "0037"


async def test_a_click_selects_a_trial() -> None:
    source = FakeSource(make_view([make_trial(number, score=0.9 - number / 100) for number in range(5)]))
    async with running(source) as app:
        await app.pilot.click("#leaderboard", offset=(12, 4))
        await app.pilot.pause()
        assert app.pane("leaderboard").cursor_key == "0002"
        assert app.screen.state is not None
        assert app.screen.state.shown is not None
        assert app.screen.state.shown.trial_id == "0002"


async def test_columns_are_reached_by_scrolling_and_numbers_are_never_cut() -> None:
    space = tuple(
        HyperParameterView(f"parameter_{index}", "Float", min_value=0.0, max_value=1.0) for index in range(20)
    )
    values = {f"parameter_{index}": 0.5 + index / 1000 for index in range(20)}
    source = FakeSource(make_view([make_trial(0, score=0.5, values=values)], space=space))
    async with running(source, size=(80, 24)) as app:
        assert "\u203a" in app.row("rank")
        for _ in range(24):
            await app.press("right")
        await app.pilot.pause()
        row = app.row("★ 1")
        assert "0.519" in row
        assert "0000" in row  # the trial's column stays
        await app.press("left")
        await app.pilot.pause()
        shown = {part for part in app.row("★ 1").split() if part.startswith("0.")}
        assert shown <= {"0.5000"} | {f"{0.5 + index / 1000:.3f}".rstrip("0") for index in range(20)}


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        ([], "The first epoch is running …"),
        ([{}], "No metric was logged."),
        ([{"accuracy": math.nan}, {"accuracy": math.nan}], "No value of this metric is a number."),
        ([{"accuracy": math.inf}], "No value of this metric is a number."),
    ],
)
async def test_curves_that_cannot_be_drawn_say_why(metrics: list[dict[str, float]], said: str) -> None:
    source = FakeSource(make_view([make_trial(0, TrialState.RUNNING, done=1)]))
    source.epochs_of["0000"] = tuple(EpochView(0, index, BEGAN, 1.0, logged) for index, logged in enumerate(metrics))
    async with running(source) as app:
        assert said in app.text


async def test_an_infinite_loss_in_a_good_series_is_left_out() -> None:
    source = FakeSource(make_view([make_trial(0)]))
    values = [1.0, math.inf, 0.5, math.nan, -math.inf, 0.25]
    source.epochs_of["0000"] = tuple(
        EpochView(0, index, BEGAN, 1.0, {"loss": value}) for index, value in enumerate(values)
    )
    async with running(source) as app:
        assert app.pane("curves").plot.lines[0].points == ((1.0, 1.0), (3.0, 0.5), (6.0, 0.25))
        assert "3 epochs not drawn" in app.text


async def test_a_single_point_is_drawn() -> None:
    source = FakeSource(make_view([make_trial(0, TrialState.RUNNING, done=1)]))
    async with running(source) as app:
        assert "•" in app.text


async def test_a_log_scale_leaves_out_what_is_not_positive() -> None:
    source = FakeSource(make_view([make_trial(0)]))
    source.epochs_of["0000"] = tuple(
        EpochView(0, index, BEGAN, 1.0, {"loss": value}) for index, value in enumerate([-1.0, 0.0, -3.0])
    )
    async with running(source) as app:
        await app.press("l")
        await app.pilot.pause()
        assert "No value of this metric is a positive number." in app.text


async def test_several_executions_are_drawn_and_the_latest_is_in_front() -> None:
    source = FakeSource(make_view([replace(make_trial(0), executions=2)]))
    source.epochs_of["0000"] = make_epochs(0) + make_epochs(1, 4, execution=1)
    async with running(source) as app:
        lines = app.pane("curves").plot.lines
        assert [line.faint for line in lines] == [True, True, False, False]
        assert len(lines[-1].points) == 4
        assert "execution 2" in app.text


async def test_why_a_trial_failed_stands_at_its_curves() -> None:
    message = "Traceback (most recent call last):\n  ...\nValueError: units must be [positive]\n"
    source = FakeSource(make_view([make_trial(0, TrialState.FAILED, message=message)]))
    async with running(source) as app:
        assert "ValueError: units must be [positive]" in app.text
        source.epochs_of["0000"] = ()
        source.put_trial(make_trial(0, TrialState.FAILED, message=message))
        await app.poll()
        assert "No epoch was finished. ValueError: units must be [positive]" in app.text
        assert "ValueError" not in str(app.pane("curves").border_subtitle)


async def test_epochs_are_read_only_when_the_trial_has_changed() -> None:
    source = FakeSource(make_view([make_trial(0, TrialState.RUNNING, done=2)]))
    async with running(source) as app:
        assert source.epoch_reads == ["0000"] * 2  # for the curves, and for the row
        source.put(detail="something else")
        await app.poll()
        assert source.epoch_reads == ["0000"] * 2
        source.put_trial(make_trial(0, TrialState.RUNNING, done=3))
        await app.poll()
        assert source.epoch_reads == ["0000"] * 4


async def test_the_best_model_shows_its_layers_and_test_metrics() -> None:
    view = make_view([make_trial(0, score=0.8212)], state=SearchState.COMPLETED)
    source = FakeSource(replace(view, test_metrics={"accuracy": 0.8112, "loss": 0.4301}))
    async with running(source) as app:
        text = app.text
        for words in ("0.8212", "test accuracy", "0.8112", "normalization", "(None, 48)", "1,200"):
            assert words in text
        assert "1,298 parameters, 1,249 trainable, 5.07 KiB" in text


async def test_a_model_that_is_not_known_yet_is_asked_for_again() -> None:
    source = FakeSource(make_view([make_trial(0)]))
    summary, source.summary = source.summary, None
    async with running(source) as app:
        assert "normalization" not in app.text
        source.summary = summary
        source.put(detail="built")
        await app.poll()
        assert "normalization" in app.text


async def test_the_search_space_shows_ranges_steps_sampling_and_conditions() -> None:
    async with running(FakeSource(make_view([make_trial(7)])), size=(120, 36)) as app:
        assert "8 … 64, step 8, linear" in app.row("│ units")
        assert "0.01, 0.001, 1e-4" in app.row("│ learning_rate")
        assert "units is 48 or 56 or 64" in app.row("│ dropout")
        assert "64" in app.row("│ units").split("Int")[0]
        assert f"{len(SPACE)} hyperparameters" in app.text


async def test_the_log_follows_its_file_and_stays_where_the_user_scrolled(tmp_path: Path) -> None:
    source = FakeSource(make_view([make_trial(0, TrialState.RUNNING, done=2)]), tmp_path)
    async with running(source) as app:
        assert "Nothing was printed yet." in app.text
        log = source.log_path("0000")
        log.parent.mkdir()
        log.write_text("".join(f"line {number}\n" for number in range(100)) + "10%\r20%\r\x1b[32m100%\x1b[0m\n\n[b]end")
        await app.poll()
        assert app.pane("log").lines[-3:] == ["100%", "", "[b]end"]
        assert "[b]end" in app.text
        await app.press("5", "home")
        await app.pilot.pause()
        assert "line 0 " in app.text
        with log.open("a") as file:
            file.write("\nmore\n")
        await app.poll()
        assert app.pane("log").lines[-1] == "more"
        assert "line 0 " in app.text
        await app.press("end")
        await app.pilot.pause()
        with log.open("a") as file:
            file.write("still more\n")
        await app.poll()
        assert "still more" in app.text


async def test_a_search_that_failed_before_its_first_trial_says_all_of_why_in_the_log(tmp_path: Path) -> None:
    (tmp_path / "engine.log").write_text("Traceback (most recent call last):\n  in load\n")
    said = "the loader m.py:load failed: " + "the share is not mounted, " * 12 + "so said the loader"
    view = make_view(state=SearchState.STARTING, root=tmp_path)
    source = FakeSource(view, tmp_path)
    async with running(source, size=(80, 24)) as app:
        source.put(state=SearchState.FAILED, detail=said)
        await app.poll()
        assert [note.title for note in app.app._notifications] == ["The search failed"]
        await app.press("5")
        await app.pilot.pause()
        log = app.pane("log")
        assert log.lines[:3] == ["Traceback (most recent call last):", "  in load", ""]
        assert " ".join(log.lines[3:]) == said
        assert max(map(len, log.lines)) <= log.size.width
        assert "loader" in app.row(log.lines[-1])


async def test_before_the_first_trial_the_log_is_that_of_the_worker_that_prepares(tmp_path: Path) -> None:
    (tmp_path / "workers").mkdir()
    (tmp_path / "workers" / "worker-0.log").write_text("connecting to the warehouse\n")
    view = make_view(state=SearchState.STARTING, root=tmp_path, detail="loading data")
    source = FakeSource(view, tmp_path)
    async with running(source) as app:
        await app.press("5")
        assert app.pane("log").lines == []
        source.put(workers=(WorkerView("worker-0", 7, "CPU", activity="loading data"),))
        await app.poll()
        assert app.pane("log").lines == ["connecting to the warehouse"]
        assert "5 Log  worker-0" in app.text


async def test_a_long_log_is_bounded(tmp_path: Path) -> None:
    source = FakeSource(make_view([make_trial(0)]), tmp_path)
    log = source.log_path("0000")
    log.parent.mkdir()
    log.write_text("".join(f"{number} {'x' * 200}\n" for number in range(20_000)))
    async with running(source) as app:
        assert len(app.pane("log").lines) == MAX_LINES
        assert app.pane("log").lines[-1].startswith("19999 ")


async def test_an_unchanged_log_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = FakeSource(make_view([make_trial(0)]), tmp_path)
    log = source.log_path("0000")
    log.parent.mkdir()
    log.write_text("once\n")
    reads: list[Path] = []

    def read(path: Path, max_bytes: int, max_lines: int) -> list[str]:
        reads.append(path)
        return path.read_text().splitlines()

    monkeypatch.setattr("tui_tuner.tui.widgets.tail.read_tail", read)
    async with running(source) as app:
        await app.poll()
        await app.poll()
        assert len(reads) == 1
        os.utime(log, (time.time(), time.time() + 5))
        await app.poll()
        assert len(reads) == 2


@pytest.mark.parametrize("size", [(160, 45), (60, 20)])
async def test_hostile_strings_are_drawn_as_plain_text(size: tuple[int, int], tmp_path: Path) -> None:
    space = (HyperParameterView(HOSTILE, "Choice", values=(HOSTILE, "[/b]"), conditions=((HOSTILE, (HOSTILE,)),)),)
    trials = [
        make_trial(0, values={HOSTILE: HOSTILE}, trial_id="[b]00", message=HOSTILE),
        make_trial(1, TrialState.RUNNING, values={HOSTILE: "[/b]"}, trial_id="\x1b[5m01", message=HOSTILE, done=3),
        make_trial(2, TrialState.FAILED, values={}, message=f"Traceback\nValueError: {HOSTILE}"),
    ]
    view = make_view(trials, space=space, objective=Objective(HOSTILE, "max"), name=HOSTILE, detail=HOSTILE)
    worker = WorkerView(HOSTILE, 1, HOSTILE, HOSTILE, "\x1b[5m01")
    source = FakeSource(replace(view, workers=(worker, replace(worker, trial_id=None))), tmp_path)
    for trial_id in view.trials:
        source.epochs_of[trial_id] = (EpochView(0, 0, BEGAN, 1.0, {HOSTILE: 0.5, "[b]": 0.25}),)
    source.log_path("\x1b[5m01").parent.mkdir()
    source.log_path("\x1b[5m01").write_text(HOSTILE)
    async with running(source, size=size) as app:
        assert "[red]x[/] ansi" in app.header
        for key in "12345":
            await app.press(key)
            await app.pilot.pause()
            text = app.text.replace("\n", "")
            assert not {unicodedata.category(character) for character in text} & {"Cc", "Cf", "Cs"}
            assert all(len(line) <= size[0] for line in app.text.splitlines())
        await app.press("down", "down", "down", "m", "l", "question_mark")
        await app.pilot.pause()
    assert app.app.return_code in (0, None)


async def test_a_search_that_is_over_shows_its_best_trial() -> None:
    trials = [make_trial(0, score=0.5), make_trial(1, score=0.9), make_trial(2, TrialState.RUNNING, done=9)]
    source = FakeSource(make_view(trials))
    async with running(source) as app:
        assert "trial 0002" in app.row("2 Curves")
        source.put_trial(make_trial(2, score=0.7))
        await app.poll()
        assert "trial 0002" in app.row("2 Curves")  # between two trials the last one stays
        source.put(state=SearchState.COMPLETED, run_started=None)
        await app.poll()
        assert "trial 0001" in app.row("2 Curves")


async def test_a_search_that_cannot_be_read_is_tried_again() -> None:
    source = FakeSource(make_view([make_trial(0)]))
    async with running(source) as app:
        poll = source.poll
        source.poll = lambda: (_ for _ in ()).throw(OSError("Stale file handle"))  # type: ignore[method-assign]
        await app.poll()
        await app.poll()
        assert [note.message for note in app.app._notifications] == ["Stale file handle"]
        source.poll = poll  # type: ignore[method-assign]
        source.put_trial(make_trial(1))
        await app.poll()
        assert "2 trials" in app.text
