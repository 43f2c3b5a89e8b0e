"""Keys and dialogs that change what is tried, how much and how: what is asked of the engine, and how it answers."""

from __future__ import annotations

import pytest
from support.fake_source import FakeSource, make_trial, make_view
from support.running_app import App, Loop, running
from textual.widgets import Input

from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.view import HyperParameterView, LimitView, SearchState, TrialState
from tui_tuner.tui.app import Leave
from tui_tuner.tui.screens.form import Form
from tui_tuner.tui.screens.help import HelpScreen

VALUES = {"units": 16, "learning_rate": 0.001, "batch_norm": False, "activation": "relu"}
"""What trial 0001 has, and what is fixed."""


def live(state: SearchState = SearchState.RUNNING, **changes: object) -> FakeSource:
    trials = [make_trial(0), make_trial(1), make_trial(2, TrialState.RUNNING, done=4)]
    source = FakeSource(make_view(trials, state=state))
    source.put(**changes)
    return source


def notes(app: App) -> list[tuple[str, str, str]]:
    return [(note.title, note.message, note.severity) for note in app.app._notifications]


async def type_over(app: App, text: str) -> None:
    """Replace what the focused field holds."""
    field = app.app.screen.focused
    assert isinstance(field, Input)
    field.value = ""
    await app.press(*("space" if key == " " else key for key in text))
    await app.pilot.pause()


async def test_e_runs_the_selected_trials_configuration_after_a_change() -> None:
    source = live()
    async with running(source) as app:
        await app.press("down", "e")
        assert "Begins with the values of trial 0001." in app.text
        await type_over(app, "24")
        await app.press("enter")
        assert source.sent == [Command(CommandKind.ENQUEUE, arguments={"values": {**VALUES, "units": 24}})]
        source.say("will be run next")
        await app.poll()
        assert notes(app) == [("Configuration", "will be run next", "information")]


async def test_a_wrong_value_is_told_while_it_is_typed_and_is_never_sent() -> None:
    source = live()
    async with running(source, size=(80, 24)) as app:
        await app.press("down", "e")
        await type_over(app, "33")
        assert "units: 33 is not in the search space." in app.text
        await app.press("tab", "enter")
        assert isinstance(app.app.screen, Form)
        assert source.sent == []
        assert "33 is not in" in app.text  # the field that is wrong has the focus again
        await type_over(app, "64")
        assert "33 is not in" not in app.text
        await app.press("enter")
        assert source.sent[0].arguments["values"] == {**VALUES, "units": 64, "dropout": 0.0}


async def test_what_takes_no_part_is_left_out_and_says_why() -> None:
    source = live()
    async with running(source) as app:
        await app.press("down", "e")
        assert "only if units is 48, 56 or 64" in app.text
        await type_over(app, "48")
        assert "only if units is 48, 56 or 64" not in app.row("dropout   ")
        await app.press("tab", "tab")
        await type_over(app, "0.25")
        await app.press("enter")
        assert source.sent[0].arguments["values"]["dropout"] == 0.25


async def test_up_and_down_go_through_the_values() -> None:
    source = live()
    async with running(source) as app:
        await app.press("down", "e", "up", "up", "tab", "down", "enter")
        assert source.sent[0].arguments["values"] == {**VALUES, "units": 32, "learning_rate": 1e-4}


async def test_a_dialog_can_be_cancelled_and_then_nothing_is_asked() -> None:
    source = live()
    async with running(source) as app:
        for key in ("e", "R", "b", "n"):
            await app.press(key)
            assert app.has_dialog
            await app.press("escape")
            assert not app.has_dialog
        assert source.sent == []


async def test_a_search_that_ends_meanwhile_takes_no_request() -> None:
    source = live()
    async with running(source) as app:
        await app.press("down", "e")
        source.put(state=SearchState.COMPLETED, run_started=None)
        await app.poll()
        await app.press("enter")
        assert source.sent == []
        assert notes(app)[0][2] == "warning"


async def test_names_and_values_of_any_text_are_drawn_as_they_are() -> None:
    space = (HyperParameterView("[b]x\x1b[31m", "Choice", values=("[red]a", "b"), default="b"),)
    source = live(space=space)
    async with running(source) as app:
        await app.press("e", "up")
        assert "[b]x" in app.text
        assert "[red]a" in app.text
        await app.press("enter")
        assert source.sent[0].arguments["values"] == {"[b]x\x1b[31m": "[red]a"}


async def test_shift_r_runs_the_selected_trial_again() -> None:
    source = live()
    async with running(source) as app:
        await app.press("down", "R", "tab", "up", "enter")
        assert source.sent == [Command(CommandKind.RERUN, "0001", arguments={"times": 3})]


async def test_shift_r_runs_the_best_ones_again() -> None:
    source = live()
    async with running(source) as app:
        await app.press("down", "R")
        await type_over(app, "best 2")
        await app.press("enter")
        assert source.sent == [Command(CommandKind.RERUN, arguments={"best": 2, "times": 2})]


@pytest.mark.parametrize("text", ["best", "best 1"])
async def test_beside_a_running_trial_the_best_is_offered(text: str) -> None:
    source = live()
    async with running(source) as app:
        await app.press("R")
        await type_over(app, text)
        await app.press("enter")
        assert source.sent[0].arguments == {"best": 1, "times": 2}


async def test_b_changes_only_the_budget_that_was_changed() -> None:
    source = live(max_time_s=7200.0)
    async with running(source) as app:
        await app.press("b")
        assert "2h" in app.text
        assert "in all; 3 begun" in app.text
        assert "trial 3 of 30" in app.header
        await app.press("enter")
        assert source.sent == []
        await app.press("b", "up", "tab")
        await type_over(app, "90m")
        await app.press("enter")
        assert source.sent == [
            Command(CommandKind.SET_MAX_TRIALS, arguments={"max_trials": 31}),
            Command(CommandKind.SET_MAX_TIME, arguments={"max_time": 5400.0}),
        ]
        await app.press("b", "tab")
        await type_over(app, "soon")
        assert "A duration such as 90s" in app.text
        await type_over(app, "none")
        await app.press("enter")
        assert source.sent[-1].arguments == {"max_time": None}


async def test_n_narrows_the_range_that_the_cursor_is_on() -> None:
    source = live()
    async with running(source) as app:
        await app.press("3", "n", "up", "tab", "down", "down", "enter")
        assert source.sent == [
            Command(CommandKind.LIMIT, arguments={"name": "units", "min_value": 16, "max_value": 48})
        ]
        source.put(limits={"units": LimitView(16, 48)})
        await app.poll()
        assert "16 … 48" in app.row("8 … 64")
        await app.press("n", "down", "tab", "up", "up", "enter")
        assert source.sent[-1] == Command(CommandKind.LIMIT, arguments={"name": "units"})


async def test_n_refuses_ends_in_the_wrong_order() -> None:
    source = live()
    async with running(source) as app:
        await app.press("3", "n")
        await type_over(app, "32")
        await app.press("tab")
        await type_over(app, "16")
        assert "32 is greater than 16" in app.text
        await app.press("enter")
        assert source.sent == []


async def test_n_bans_values_of_a_choice() -> None:
    source = live()
    async with running(source) as app:
        await app.press("3", "down", "n", "space", "down", "space", "down", "space")
        await app.pilot.pause()
        assert "At least one must remain." in app.text
        await app.press("enter")
        assert source.sent == []
        await app.press("space")
        await app.pilot.pause()
        assert "1 of 3 remain" in app.text
        await app.press("enter")
        assert source.sent == [Command(CommandKind.LIMIT, arguments={"name": "learning_rate", "values": [1e-4]})]


async def test_what_is_fixed_cannot_be_narrowed() -> None:
    source = live()
    async with running(source) as app:
        await app.press("3", "end", "n")
        assert not app.has_dialog
        assert notes(app)[0][1] == "activation is fixed: there is nothing to narrow."


async def test_n_works_before_the_search_space_was_in_sight() -> None:
    async with running(live(), size=(80, 24)) as app:
        await app.press("n")
        assert "Narrow units" in app.text


@pytest.mark.parametrize("key", ["e", "n"])
@pytest.mark.parametrize("height", [24, 12])
async def test_what_does_not_fit_is_scrolled_to_and_the_keys_stay_in_sight(key: str, height: int) -> None:
    values = tuple(range(60))
    many = tuple(HyperParameterView(f"h{number}", "Choice", values=values, default=0) for number in range(40))
    async with running(live(space=many), size=(80, height)) as app:
        await app.press(key, *["tab" if key == "e" else "down"] * 30)
        await app.until(lambda: ("h30 " if key == "e" else " 30 ") in app.text)
        assert "esc cancel" in app.text


async def test_plus_and_minus_change_the_workers() -> None:
    source = live()
    async with running(source) as app:
        await app.press("plus", "plus", "minus")
        assert [command.arguments for command in source.sent] == [{"workers": 2}, {"workers": 3}, {"workers": 2}]


async def test_shift_p_frees_the_devices_also_of_a_search_that_is_paused() -> None:
    source = live()
    async with running(source) as app:
        await app.press("P")
        assert source.sent == [Command(CommandKind.PAUSE, arguments={"hard": True})]
        assert "pausing" in app.header
        source.put(state=SearchState.PAUSED)
        await app.poll()
        await app.press("P")
        source.say("paused; the workers end and their memory is free")
        await app.poll()
        assert notes(app)[-1][1] == "paused; the workers end and their memory is free"


async def test_a_refusal_is_an_error_on_the_screen() -> None:
    source = live()
    async with running(source) as app:
        await app.press("x")
        source.say("trial 0002 is not running [b]", ok=False)
        await app.poll()
        assert notes(app) == [("Skip refused", "trial 0002 is not running [b]", "error")]
        assert "skipping" not in app.text


@pytest.mark.parametrize("attached", [True, False])
async def test_d_gives_the_prompt_back_at_once_and_the_search_goes_on(attached: bool) -> None:
    source, loop = live(), Loop()
    async with running(source, drive=None if attached else loop, attached=attached) as app:
        await app.press("d")
    assert app.app.return_value is Leave.HEADLESS
    assert source.sent == []
    assert attached or loop.was_released


@pytest.mark.parametrize("read_only", [True, False])
async def test_without_a_search_to_steer_no_key_asks_for_anything(read_only: bool) -> None:
    source = live(SearchState.RUNNING if read_only else SearchState.COMPLETED)
    async with running(source, read_only=read_only, attached=True) as app:
        await app.press("e", "R", "n", "b", "plus", "minus", "P")
        assert not app.has_dialog
        assert source.sent == []


async def test_before_the_search_space_is_known_nothing_can_be_enqueued() -> None:
    source = FakeSource(make_view(state=SearchState.STARTING, space=()))
    async with running(source) as app:
        await app.press("e", "n", "R")
        assert not app.has_dialog


async def test_the_key_bar_offers_the_main_keys_on_80_columns() -> None:
    async with running(live(), size=(80, 24), drive=Loop()) as app:
        await app.until(lambda: "d Detach" in app.text.splitlines()[-1])
        bar = app.text.splitlines()[-1]
        for key in ("space Pause", "s Stop", "S Stop now", "x Skip", "e Enqueue", "d Detach", "q Quit", "? Help"):
            assert key in bar


async def test_help_folds_beside_the_keys_on_80_columns() -> None:
    async with running(live(), size=(80, 60)) as app:
        await app.press("question_mark")
        await app.pilot.pause()
        assert isinstance(app.app.screen, HelpScreen)
        lines = app.text.splitlines()
        first = next(index for index, line in enumerate(lines) if "Start no new trial, and hold" in line)
        assert lines[first + 1].index("epoch.") == lines[first].index("Start")
