"""The screen of one trial."""

from __future__ import annotations

import json
import math
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.fake_source import FakeSource, make_epochs, make_trial, make_view
from support.running_app import App, running

from tui_tuner.engine.commands import CommandKind
from tui_tuner.engine.view import Objective, SearchState, TrialState
from tui_tuner.tui.screens.form import Form
from tui_tuner.tui.screens.question import Question
from tui_tuner.tui.screens.trial import TrialScreen
from tui_tuner.tui.widgets.epoch_table import EpochTable
from tui_tuner.tui.widgets.prompt_bar import PromptBar

TRACEBACK = 'ValueError: units must be [positive]\nTraceback (most recent call last):\n  File "m.py", line 3'


def some_trials(folder: Path = Path("/nonexistent")) -> FakeSource:
    trials = [
        make_trial(0, score=0.7),
        make_trial(1, score=0.9),
        make_trial(2, TrialState.FAILED, message=TRACEBACK),
        make_trial(3, TrialState.RUNNING, done=4),
    ]
    return FakeSource(make_view(trials), folder)


@asynccontextmanager
async def opened(
    source: FakeSource, number: str = "0001", size: tuple[int, int] = (160, 45), **options: Any
) -> AsyncIterator[tuple[App, TrialScreen]]:
    """The screen of a trial, opened with the key."""
    async with running(source, size=size, **options) as app:
        app.pane("leaderboard").go_to(number)
        await app.pilot.pause()
        await app.press("enter")
        await app.until(lambda: isinstance(app.app.screen, TrialScreen) and app.app.screen.trial is not None)
        await app.pilot.pause()
        screen = app.app.screen
        assert isinstance(screen, TrialScreen)
        yield app, screen


async def test_it_shows_all_there_is_and_goes_back() -> None:
    async with opened(some_trials()) as (app, screen):
        assert screen.trial is not None
        assert screen.trial.trial_id == "0001"
        for said in ("✓ completed", "rank", "1 of 2", "learning_rate", "0.001", "8.1 s", "checkpoint", "★ "):
            assert said in app.text
        assert screen.query_one(EpochTable).keys[-1] == "9"
        await app.press("escape")
        await app.until(lambda: not app.has_dialog)


async def test_it_says_why_it_was_proposed_and_what_came_of_constraints_and_other_objectives() -> None:
    first = make_trial(1, score=0.9)
    explained = replace(first, reason="explore", predicted_mean=0.85, predicted_deviation=0.0625)
    trials = [make_trial(0, score=0.7), replace(explained, violation=0.0, other_scores=(19155.0,))]
    view = replace(make_view(trials), other_objectives=(Objective("parameters", "min"),))
    async with opened(FakeSource(view, Path("/nonexistent"))) as (app, _):
        for said in ("because", "explore, predicted 0.8500 ± 0.06250", "19,155", "on it", "kept to"):
            assert said in app.text


@pytest.mark.parametrize(("constraints", "by"), [(("parameters <= 2e6",), "25 %"), ((), "0.25")])
async def test_it_says_by_how_much_constraints_are_violated(constraints: tuple[str, ...], by: str) -> None:
    trials = [make_trial(0, score=0.7), replace(make_trial(1, score=0.9), violation=0.25)]
    view = replace(make_view(trials), constraints=constraints)  # a study of Optuna's does not say which there are
    async with opened(FakeSource(view, Path("/nonexistent"))) as (app, _):
        assert re.search(rf"violated by {by}\s", app.text)


async def test_every_metric_has_a_column_in_the_table_of_epochs() -> None:
    async with opened(some_trials()) as (app, screen):
        labels = [column.label for column in screen.query_one(EpochTable)._columns]
        assert labels == ["epoch", "accuracy", "val_accuracy", "loss", "val_loss", "duration"]
        await app.press("3", "home")
        assert screen.focused is screen.query_one("#epochs")
        assert screen.query_one(EpochTable).cursor_key == "0"


async def test_keys_go_to_the_other_trials_in_the_order_of_the_leaderboard() -> None:
    async with opened(some_trials()) as (app, screen):
        for key, expected in (("J", "0000"), ("J", "0002"), ("J", "0002"), ("K", "0000"), ("K", "0001"), ("K", "0003")):
            await app.press(key)
            await app.pilot.pause()
            assert screen.trial is not None
            assert screen.trial.trial_id == expected
        assert "4 of 10" in app.text


async def test_a_failure_shows_its_message_whole() -> None:
    async with opened(some_trials(), "0002") as (app, screen):
        assert "ValueError: units must be [positive]" in app.text
        assert 'File "m.py", line 3' in app.text
        await app.press("4")
        assert screen.focused is screen.query_one("#message")
        await app.press("K")
        await app.pilot.pause()
        assert not screen.query_one("#message").display


KILLED = (
    "The worker was killed while it trained. " + "Probably the machine ran out of memory. " * 12 + "So said the end."
)


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_a_long_message_is_wrapped_and_the_lines_of_a_traceback_stay(size: tuple[int, int]) -> None:
    trials = [make_trial(0, TrialState.FAILED, message=f"{KILLED}\n{TRACEBACK}\n{'y' * 300} THE-END")]
    async with opened(FakeSource(make_view(trials), Path("/nonexistent")), "0000", size=size) as (app, _):
        await app.press("4", "home")
        await app.pilot.pause()
        assert "The worker was killed" in app.text
        assert "…" not in app.row("The worker was killed")
        await app.press("end")
        await app.until(lambda: "THE-END" in app.text)
        assert '  File "m.py", line 3' in app.text


async def test_the_scrollbar_does_not_touch_the_text() -> None:
    trials = [make_trial(0, TrialState.FAILED, message="\n".join(["x" * 300] * 30))]
    async with opened(FakeSource(make_view(trials), Path("/nonexistent")), "0000") as (_, screen):
        pane, text = screen.query_one("#message"), screen.query_one("#message-text")
        assert pane.show_vertical_scrollbar
        assert text.content_region.right < pane.scrollable_content_region.right


async def test_a_running_trial_is_followed() -> None:
    source = some_trials()
    async with opened(source, "0003") as (app, screen):
        assert "4 of 10" in app.text
        source.put_trial(make_trial(3, TrialState.RUNNING, done=7))
        await app.poll()
        assert "7 of 10" in app.text
        assert len(screen.query_one(EpochTable).keys) == 7
        await app.press("x")
        assert source.kinds() == [CommandKind.SKIP]


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
async def test_on_a_small_screen_the_panes_are_tabs(size: tuple[int, int]) -> None:
    async with opened(some_trials(), size=size) as (app, screen):
        for key, pane in (("2", "curves"), ("3", "epochs"), ("5", "log"), ("1", "facts"), ("tab", "curves")):
            await app.press(key)
            await app.pilot.pause()
            shown = [
                name for name in ("facts", "curves", "epochs", "message", "log") if screen.query_one(f"#{name}").display
            ]
            assert shown == [pane]
            assert screen.focused is screen.query_one(f"#{pane}")
        await app.press("4")
        assert screen.focused is screen.query_one("#curves")


@pytest.mark.parametrize("size", [(80, 24), (99, 40), (160, 27)])
async def test_on_a_small_screen_all_facts_are_there_from_the_first(size: tuple[int, int]) -> None:
    async with opened(some_trials(), size=size) as (app, screen):
        await app.until(lambda: "rank" in app.text and "learning_rate" in app.text)
        assert screen.query_one("#facts-text").size.height > 10


async def test_the_way_back_and_help_are_offered_also_on_80_columns() -> None:
    async with opened(some_trials(), size=(80, 24)) as (app, _):
        bar = app.text.splitlines()[-1]
        for key in ("J Next", "esc Back", "? Help"):
            assert key in bar


async def copied(app: App, key: str) -> str:
    await app.press("y")
    await app.until(lambda: isinstance(app.app.screen, Question))
    await app.press(key)
    await app.until(lambda: not isinstance(app.app.screen, Question))
    return app.app.clipboard


async def test_a_trial_is_copied_as_python_and_as_json() -> None:
    source = some_trials()
    async with opened(source) as (app, _):
        found: dict[str, object] = {}
        exec(await copied(app, "p"), found)
        assert found["values"] == source.view.trials["0001"].hyperparameters
        stored = json.loads(await copied(app, "j"))
        assert stored["hyperparameters"] == source.view.trials["0001"].hyperparameters
        assert stored["score"] == 0.9
        before = app.app.clipboard
        assert await copied(app, "c") == before  # no search on the disk: nothing to run it from
        assert any("Nothing was copied" in note.title for note in app.app._notifications)


async def test_its_configuration_is_edited_and_run() -> None:
    source = some_trials()
    async with opened(source) as (app, _):
        await app.press("e")
        await app.until(lambda: isinstance(app.app.screen, Form))
        await app.press("enter")
        await app.until(lambda: source.sent)
        assert source.kinds() == [CommandKind.ENQUEUE]
        values = {"activation": "relu", **source.view.trials["0001"].tuned}
        assert source.sent[0].arguments["values"] == values


async def test_it_is_marked_and_noted() -> None:
    source = some_trials()
    async with opened(source) as (app, _):
        await app.press("t")
        assert app.screen.state is not None
        assert list(app.screen.state.marked) == ["0001"]
        await app.press("t", "N", "o", "k", "enter")
        await app.poll()
        assert not app.screen.state.marked
        assert source.view.notes == {"0001": "ok"}
        assert "ok" in app.row("1 Trial")


async def test_a_text_is_found_in_the_log(tmp_path: Path) -> None:
    source = some_trials(tmp_path)
    log = source.log_path("0001")
    log.parent.mkdir()
    log.write_text(
        "".join(f"line {number} {'[needle] ' if number % 50 == 7 else ''}\x1b[31mred\n" for number in range(200))
    )
    async with opened(source) as (app, screen):
        pane = screen.query_one("#log")
        await app.press("5", "slash", *"NEEDLE")
        assert screen.query_one(PromptBar).said.note == "4 of 4 lines"
        assert "line 157 [needle]" in app.text
        await app.press("up", "up")
        assert screen.query_one(PromptBar).said.note == "2 of 4 lines"
        await app.pilot.pause()
        assert "line 57 [needle]" in app.text
        await app.press("escape")
        await app.pilot.pause()
        assert "line 199" in app.text
        assert screen.focused is pane


async def test_without_a_log_the_pager_says_so() -> None:
    async with opened(some_trials()) as (app, _):
        await app.press("L")
        assert [note.message for note in app.app._notifications] == ["There is no log yet."]


async def test_read_only_offers_nothing_that_changes_the_search() -> None:
    source = some_trials()
    async with opened(source, read_only=True) as (app, screen):
        await app.press("e", "x", "R", "N", "w")
        await app.pilot.pause()
        assert app.app.screen is screen
        assert not source.sent
        assert not screen.query(PromptBar)


async def test_retraining_is_asked_for_once_the_search_is_over() -> None:
    source = some_trials()
    async with opened(source) as (app, screen):
        await app.press("w")
        assert app.app.screen is screen
        source.put(state=SearchState.COMPLETED, workers=())
        await app.poll()
        await app.press("w")
        await app.until(lambda: isinstance(app.app.screen, Question))
        await app.press("y")
        # There is no such search on the disk.
        await app.until(lambda: any(note.title == "Not retrained" for note in app.app._notifications))


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_hostile_trials_are_drawn(size: tuple[int, int]) -> None:
    text = "[red]\x1b[31m" + "x" * 300 + "\u202e👩‍👩‍👧"
    trial = make_trial(0, TrialState.FAILED, math.nan, values={text: text, "b": math.inf}, trial_id=text, message=text)
    source = FakeSource(replace(make_view([trial]), notes={text: text}))
    bad = [replace(epoch, metrics={text: math.nan, "loss": math.inf}) for epoch in make_epochs(0, 3)]
    source.epochs_of[text] = tuple(bad)
    async with opened(source, text, size=size) as (app, _):
        for key in ("1", "2", "3", "4", "5", "m", "l", "J", "K", "end", "home"):
            await app.press(key)
        assert "\x1b" not in app.text
        assert json.loads(await copied(app, "j"))["score"] is None
        assert "inf" in await copied(app, "p")


@pytest.mark.parametrize("count", [0, 1, 10_000])
async def test_any_number_of_epochs(count: int) -> None:
    source = some_trials()
    source.epochs_of["0001"] = make_epochs(1, count)
    async with opened(source) as (app, screen):
        assert len(screen.query_one(EpochTable).keys) == count
        await app.press("3", "home", "end", "pageup")
        assert app.app.is_running
