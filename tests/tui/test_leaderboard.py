"""The leaderboard's own keys: order, columns, filter, search, marks, pins, notes."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import pytest
from support.fake_source import FakeSource, make_epochs, make_trial, make_view
from support.running_app import App, running

from tui_tuner.engine.view import HyperParameterView, Objective, TrialState, TrialView
from tui_tuner.tui.choices import Choices
from tui_tuner.tui.screens.compare import CompareScreen, CompareTable
from tui_tuner.tui.widgets.prompt_bar import PromptBar

HOSTILE = ("[red]x[/red]", "\x1b[31mred\x1b[0m", "x" * 300, "\u202eevil", "👩‍👩‍👧 漢字", "")


def some_trials() -> FakeSource:
    """Trials whose order by `units` is 3, 1, 0, 2; the others have no place among them."""
    found = [
        make_trial(0, score=0.7, values={"units": 32, "learning_rate": 1e-3}),
        make_trial(1, score=0.9, values={"units": 16, "learning_rate": 1e-3}),
        make_trial(2, score=0.8, values={"units": 64, "learning_rate": 1e-3}),
        make_trial(3, score=0.6, values={"units": 8, "learning_rate": 1e-3}),
        make_trial(4, TrialState.FAILED, values={"units": 48, "learning_rate": 1e-3}, message="ValueError: no"),
        make_trial(5, score=math.nan, values={"units": 24, "learning_rate": 1e-3}),
        make_trial(6, TrialState.STOPPED, score=0.95, values={"units": 40, "learning_rate": 1e-3}),
    ]
    return FakeSource(make_view(found))


def rows(app: App) -> list[str]:
    return [key.lstrip("0") or "0" for key in app.pane("leaderboard").keys]


def headings(app: App) -> list[str]:
    return [column.label for column in app.pane("leaderboard")._columns]


async def sort_by(app: App, heading: str) -> None:
    """Press the key until a column is sorted by."""
    for _ in range(20):
        await app.press("k")
        if any(label.startswith(heading) and label[-1] in "▲▼" for label in headings(app)):
            return
    raise AssertionError(f"{heading} is not sorted by: {headings(app)}")


async def type_text(app: App, text: str) -> None:
    for character in text:
        await app.press({" ": "space"}.get(character, character))
    await app.pilot.pause()


def prompt_of(app: App) -> PromptBar:
    return app.screen.query_one(PromptBar)


async def test_any_column_sorts_both_ways_and_failures_stay_last() -> None:
    async with running(some_trials()) as app:
        assert rows(app) == ["1", "2", "0", "3", "6", "4", "5"]
        await sort_by(app, "units")
        assert rows(app) == ["3", "1", "0", "2", "6", "5", "4"]
        await app.press("v")
        assert rows(app) == ["2", "0", "1", "3", "6", "4", "5"]
        assert "units ▼" in headings(app)
        await app.press("K")
        assert "units" in headings(app)
        await sort_by(app, "val_accuracy")
        assert rows(app)[:4] == ["1", "2", "0", "3"]
        await app.press("v")
        assert rows(app)[:4] == ["3", "0", "2", "1"]


async def test_the_title_says_the_order_also_where_its_column_is_out_of_sight() -> None:
    async with running(some_trials(), size=(60, 24)) as app:
        assert " by " not in app.row("Leaderboard")
        await sort_by(app, "duration")
        assert "duration" not in app.text.partition("Leaderboard")[2].partition("\n")[2]
        assert "by duration ▲" in app.row("Leaderboard")
        await app.press("v", "c")
        await app.until(lambda: app.has_dialog)
        await app.press("end", "up", "space", "enter")
        await app.until(lambda: not app.has_dialog)
        assert "duration" not in [heading[:8] for heading in headings(app)]
        assert "by duration ▼" in app.row("Leaderboard")


def is_order(app: App, expected: list[str]) -> bool:
    return rows(app)[: len(expected)] == expected


async def test_a_click_on_a_heading_sorts_and_the_next_one_turns_the_order_round() -> None:
    async with running(some_trials()) as app:
        column = app.row("rank").split("│")[1].index("units")
        for expected in (["3", "1", "0", "2"], ["2", "0", "1", "3"]):
            await app.pilot.click("#leaderboard", offset=(column + 2, 1))
            await app.until(partial(is_order, app, expected))


async def test_the_own_order_turned_round_begins_with_the_worst_and_ranks_stay() -> None:
    async with running(some_trials()) as app:
        await app.press("v")
        await app.pilot.pause()
        assert rows(app) == ["3", "0", "2", "1", "6", "4", "5"]
        assert "0001" in app.row("★ 1")


def two_objectives() -> FakeSource:
    """Trials of which 0 and 1 are on the front; 2 is beaten by 1, and 3 violates a constraint."""
    found = [
        replace(make_trial(0, score=0.7), other_scores=(1_500.0,)),
        replace(make_trial(1, score=0.9), other_scores=(19_155.0,), violation=0.0),
        replace(make_trial(2, score=0.8), other_scores=(20_000.0,)),
        replace(make_trial(3, score=0.95), other_scores=(1_000.0,), violation=0.5),
    ]
    view = replace(make_view(found), best_trial_id="0001", other_objectives=(Objective("parameters", "min"),))
    return FakeSource(view)


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_every_objective_has_a_column_and_the_front_is_marked(size: tuple[int, int]) -> None:
    source = two_objectives()
    async with running(source, size=size) as app:
        assert "parameters" in headings(app)
        assert "19,155" in app.row("◆ 0001")
        assert "1,500" in app.row("◆ 0000")
        assert "◆ 0002" not in app.text
        await sort_by(app, "parameters")
        assert rows(app) == ["0", "1", "2", "3"]
        source.put_trial(replace(make_trial(4, score=0.8), other_scores=(18_000.0,)))
        await app.poll()
        assert "◆ 0004" in app.text
        source.put_trial(replace(make_trial(4, TrialState.FAILED)))
        await app.poll()
        assert "◆ 0004" not in app.text


@pytest.mark.parametrize(("size", "mark"), [((160, 45), "▲ violating"), ((80, 24), "▲")])
async def test_a_trial_that_violates_a_constraint_looks_so(size: tuple[int, int], mark: str) -> None:
    async with running(two_objectives(), size=size) as app:
        assert mark in app.row("0003 ")
        assert "✓" not in app.row("0003 ").partition("0.95")[0]
        assert "✓" in app.row("◆ 0001")


async def test_the_column_of_an_objective_can_be_chosen_away() -> None:
    async with running(two_objectives()) as app:
        await app.press("c")
        await app.until(lambda: app.has_dialog)
        await app.pilot.pause()
        assert "parameters" in app.text
        await app.press("down", "down", "space", "enter")
        await app.until(lambda: not app.has_dialog)
        assert "parameters" not in headings(app)


async def test_unchanged_hyperparameters_are_hidden_and_come_back() -> None:
    async with running(some_trials()) as app:
        assert "learning_rate" in headings(app)
        await app.press("u")
        assert "learning_rate" not in headings(app)
        assert "units" in headings(app)
        assert "hidden" in app.row("Leaderboard")
        await app.press("u")
        assert "learning_rate" in headings(app)


async def test_columns_are_chosen_in_a_list() -> None:
    async with running(some_trials()) as app:
        await app.press("c")
        await app.until(lambda: app.has_dialog)
        await app.pilot.pause()
        assert "curve epoch" in app.text
        assert "9 of 9 shown" in app.text
        await app.press("space", "enter")
        await app.until(lambda: not app.has_dialog)
        assert "status" not in headings(app)
        assert "units" in headings(app)


async def test_a_filter_is_applied_while_it_is_typed_and_can_be_taken_back() -> None:
    async with running(some_trials()) as app:
        await app.press("F")
        await app.until(lambda: app.screen.query(PromptBar))
        await type_text(app, "units >= 32")
        assert rows(app) == ["2", "0", "6", "4"]
        assert "4 of 7 trials" in prompt_of(app).said.note
        await app.press("escape")
        await app.pilot.pause()
        assert len(rows(app)) == 7
        assert app.app.focused is app.pane("leaderboard")
        await app.press("F")
        await type_text(app, "status == failed")
        await app.press("enter")
        await app.pilot.pause()
        assert rows(app) == ["4"]
        assert "1 of 7 trials" in app.row("Leaderboard")
        assert "where status == failed" in app.row("Leaderboard")


def shown(app: App) -> str:
    """The trial that the curves and the log are of."""
    assert app.screen.state is not None
    assert app.screen.state.shown is not None
    return app.screen.state.shown.trial_id


async def filter_by(app: App, text: str) -> None:
    await app.press("F")
    await app.until(lambda: app.screen.query(PromptBar))
    await app.press("ctrl+u")
    await type_text(app, text)
    await app.press("enter")
    await app.until(lambda: not app.screen.query(PromptBar))
    await app.pilot.pause()


def with_a_running_one() -> FakeSource:
    source = some_trials()
    source.put_trial(make_trial(7, TrialState.RUNNING, done=4, values={"units": 8, "learning_rate": 1e-3}))
    return source


async def test_the_cursor_leaves_a_trial_that_the_filter_hides_and_everything_follows_it() -> None:
    source = with_a_running_one()
    async with running(source) as app:
        assert shown(app) == "0007"
        await filter_by(app, "units >= 32")
        assert app.pane("leaderboard").cursor_key == shown(app) == "0002"
        await app.press("x")
        assert source.sent == []  # the running trial is out of sight
        await app.press("t", "N", "a", "enter")
        await app.until(lambda: source.view.notes)
        assert list(source.view.notes) == ["0000"]  # a mark goes on to the next row
        assert app.screen.state is not None
        assert list(app.screen.state.marked) == ["0002"]


async def test_a_filter_that_is_only_tried_moves_nothing() -> None:
    async with running(with_a_running_one()) as app:
        await app.press("F")
        await app.until(lambda: app.screen.query(PromptBar))
        await type_text(app, "units >= 32")
        assert shown(app) == "0007"
        await app.press("escape")
        await app.pilot.pause()
        assert app.pane("leaderboard").cursor_key == shown(app) == "0007"
        assert app.screen.situation.following


async def test_without_a_row_no_key_does_anything_to_a_trial() -> None:
    source = with_a_running_one()
    async with running(source) as app:
        await filter_by(app, "units > 1000")
        assert app.pane("leaderboard").cursor_key is None
        await app.press("x", "t", "p", "N", "y", "C", "enter")
        await app.pilot.pause()
        assert source.sent == []
        assert not app.has_dialog
        assert app.screen.state is not None
        assert not app.screen.state.marked
        await filter_by(app, "units == 8 or trial == 7")
        assert app.pane("leaderboard").cursor_key == shown(app) == "0007"
        await app.press("x")
        assert [command.trial_id for command in source.sent] == ["0007"]


async def test_a_trial_that_drops_out_of_the_list_hands_the_cursor_to_the_row_in_its_place() -> None:
    source = some_trials()
    async with running(source) as app:
        await filter_by(app, "status == completed and score > 0.65")
        await app.press("end", "up")
        assert app.pane("leaderboard").cursor_key == shown(app) == "0002"
        source.put_trial(make_trial(2, score=0.1, values={"units": 64, "learning_rate": 1e-3}))
        await app.poll()
        assert app.pane("leaderboard").cursor_key == shown(app) == "0000"


async def test_a_mistake_in_a_filter_is_shown_where_it_is_and_not_accepted() -> None:
    async with running(some_trials()) as app:
        await app.press("F")
        await type_text(app, "unit > 3")
        assert prompt_of(app).said.problem == "there is no field unit; did you mean units?"
        assert "▲ there is no field unit" in app.text
        assert len(rows(app)) == 7
        await app.press("enter")
        await app.pilot.pause()
        assert app.screen.query(PromptBar)


async def test_tab_completes_a_filter() -> None:
    async with running(some_trials()) as app:
        await app.press("F")
        await type_text(app, "stat")
        await app.press("tab")
        await type_text(app, "== fai")
        await app.press("tab", "enter")
        await app.pilot.pause()
        assert app.pane("leaderboard").chosen.filter == "status == failed"


async def test_find_goes_to_the_rows_that_hold_a_text_and_back() -> None:
    async with running(some_trials()) as app:
        board = app.pane("leaderboard")
        await app.press("home", "slash")
        await type_text(app, "units=")
        await app.press("down", "down")
        assert board.cursor_key == "0000"
        assert prompt_of(app).said.note == "3 of 7 trials"
        await app.press("up")
        assert board.cursor_key == "0002"
        await app.press("escape")
        await app.pilot.pause()
        assert board.cursor_key == "0001"
        await app.press("slash")
        await type_text(app, "VALUEERROR")
        await app.press("enter")
        await app.pilot.pause()
        assert board.cursor_key == "0004"
        assert not app.screen.query(PromptBar)


async def test_find_goes_to_the_trial_of_that_id_before_others_that_hold_the_text() -> None:
    trials = [
        make_trial(number, score=1 - number / 100, trial_id=f"{number:02d}", values={"lr": 0.01110511})
        for number in range(12)
    ]
    async with running(FakeSource(make_view(trials))) as app:
        board = app.pane("leaderboard")
        await app.press("home", "slash", "1")
        assert board.cursor_key == "10"
        assert prompt_of(app).said.note == "1 of 12 trials"
        await app.press("1")
        assert board.cursor_key == "11"
        await app.press("down")
        assert board.cursor_key == "00"
        await app.press("backspace", "backspace", "0", "5")
        assert board.cursor_key == "05"


async def test_marks_have_colours_and_can_be_taken_away() -> None:
    async with running(some_trials()) as app:
        await app.press("home", "t", "t")
        await app.pilot.pause()
        assert app.screen.state is not None
        assert list(app.screen.state.marked) == ["0001", "0002"]
        assert "▌0002" in app.text
        await app.press("up", "t")
        await app.pilot.pause()
        assert list(app.screen.state.marked) == ["0001"]
        await app.press("0")
        await app.pilot.pause()
        assert not app.screen.state.marked
        assert "▌" not in app.text


async def test_pinned_trials_stay_on_top_whatever_the_order_and_the_filter() -> None:
    async with running(some_trials()) as app:
        await app.press("home", "down", "down", "p")
        assert rows(app)[:2] == ["0", "1"]
        await sort_by(app, "units")
        assert rows(app)[:2] == ["0", "3"]
        await app.press("F")
        await type_text(app, "units == 8")
        assert rows(app) == ["0", "3"]
        await app.press("escape", "p")
        assert rows(app)[0] == "3"


async def test_a_note_is_written_shown_and_found() -> None:
    source = some_trials()
    async with running(source) as app:
        await app.press("home", "N")
        await type_text(app, "look [here]")
        await app.press("enter")
        await app.poll()
        assert source.view.notes == {"0001": "look [here]"}
        assert "note" in headings(app)
        await app.press("end", "slash")
        await type_text(app, "[here")
        assert app.pane("leaderboard").cursor_key == "0001"
        await app.press("escape", "home", "N")
        await app.press(*["backspace"] * 11, "enter")
        await app.poll()
        assert source.view.notes == {}


@pytest.mark.parametrize("label", ["", "replay"])
async def test_who_only_looks_is_not_asked_for_a_note(label: str) -> None:
    async with running(some_trials(), read_only=True, label=label) as app:
        assert "enter Open" in app.text
        assert "N Note" not in app.text
        await app.press("home", "N")
        await app.pilot.pause()
        assert not app.screen.query(PromptBar)


async def test_each_row_has_its_curve() -> None:
    running_trial = make_trial(1, TrialState.RUNNING, done=5)
    async with running(FakeSource(make_view([make_trial(0), running_trial])), size=(200, 45)) as app:
        await app.until(lambda: "▁" in app.row("✓ completed"))
        row = app.row("✓ completed")
        assert "█" in row
        assert "best " in row
        row = app.row("━━━━ 5/10")
        assert "▁" in row


async def test_a_curve_of_what_cannot_be_drawn_is_blank_and_one_point_is_a_point() -> None:
    source = FakeSource(make_view([make_trial(number) for number in range(3)]))
    nothing = [replace(epoch, metrics={"val_accuracy": math.inf}) for epoch in make_epochs(0)]
    source.epochs_of = {"0000": tuple(nothing), "0001": (), "0002": make_epochs(2, 1)}
    async with running(source, size=(200, 45)) as app:
        await app.until(lambda: "▁ " in app.row("0002   ✓"))
        for trial in ("0000", "0001"):
            assert not set("▁▂▃▄▅▆▇█") & set(app.row(f"{trial}   ✓"))


async def test_what_is_chosen_comes_back_with_the_search() -> None:
    choices = Choices()
    async with running(some_trials(), choices=choices) as app:
        await sort_by(app, "units")
        await app.press("v", "u", "home", "p")
    async with running(some_trials(), choices=choices) as app:
        assert rows(app)[:4] == ["2", "0", "1", "3"]
        assert "units ▼" in headings(app)
        assert "learning_rate" not in headings(app)
        assert app.pane("leaderboard").chosen.pinned == ("0002",)


@pytest.mark.parametrize(
    "stored",
    [
        {"column": "gone", "turned": "yes", "hidden": 3, "filter": ["x"], "pinned": [1, "nobody"]},
        {"filter": "no_such_field > 3"},
        {"filter": "((("},
    ],
)
async def test_choices_that_mean_nothing_here_hide_nothing(stored: dict[str, object]) -> None:
    choices = Choices()
    choices.keep("leaderboard", stored)
    async with running(some_trials(), choices=choices) as app:
        assert len(rows(app)) == 7


async def test_a_kept_filter_that_cannot_be_understood_yet_says_so() -> None:
    choices = Choices()
    choices.keep("leaderboard", {"filter": "width > 3"})
    async with running(some_trials(), choices=choices) as app:
        assert "filter off: there is no field width" in app.row("Leaderboard")


async def test_nothing_passes_the_filter() -> None:
    async with running(some_trials()) as app:
        await app.press("F")
        await type_text(app, "units > 1000")
        assert "No trial passes the filter." in app.text
        await app.press("enter", "k", "v", "t", "p", "enter", "down", "slash", "escape")
        assert app.app.is_running


@pytest.mark.parametrize("size", [(160, 45), (80, 24), (60, 20)])
async def test_every_key_is_harmless_without_a_trial(size: tuple[int, int]) -> None:
    async with running(FakeSource(make_view([])), size=size) as app:
        await app.press("k", "K", "v", "u", "t", "0", "p", "N", "down", "enter", "end")
        await app.press("F", "escape", "slash", "x", "escape", "c")
        await app.until(lambda: app.has_dialog)
        await app.press("escape")
        assert app.app.is_running


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_hostile_texts_are_drawn_as_they_are(size: tuple[int, int]) -> None:
    space = (HyperParameterView("[name]", "Choice", values=HOSTILE),)
    found = [
        make_trial(number, score=0.5, values={"[name]": text}, trial_id=f"{number}{text}", message=text)
        for number, text in enumerate(HOSTILE)
    ]
    source = FakeSource(replace(make_view(found, space=space), notes={found[0].trial_id: "[/] \x1b[2J"}))
    async with running(source, size=size) as app:
        await app.press("k", "k", "v", "t", "p", "u", "down", "end", "slash")
        await type_text(app, "[red]")
        assert prompt_of(app).said.note == "1 of 1 trial"
        await app.press("enter", "F")
        await type_text(app, "`[name]` ~ [red")
        assert app.app.is_running
        assert "\x1b" not in app.text


async def compared(app: App) -> CompareScreen:
    await app.press("C")
    await app.until(lambda: isinstance(app.app.screen, CompareScreen) and app.app.screen.query_one(CompareTable).keys)
    await app.pilot.pause()
    assert isinstance(app.app.screen, CompareScreen)
    return app.app.screen


async def test_two_marked_trials_are_shown_side_by_side_with_their_difference() -> None:
    async with running(some_trials()) as app:
        await app.press("home", "t", "t")
        screen = await compared(app)
        assert app.row("units").split("│")[1].split() == ["units", "16", "64", "+48", "4x"]
        assert "★ 0.9000" in app.row("val_accuracy   ")
        assert "-0.1000" in app.row("val_accuracy   ")
        table = screen.query_one(CompareTable)
        assert any(key.endswith("learning_rate") for key in table.keys)
        await app.press("u")
        assert not any(key.endswith("learning_rate") for key in table.keys)
        assert "alike hidden" in app.text
        await app.press("escape")
        await app.until(lambda: not app.has_dialog)


async def test_texts_that_differ_are_said_to_differ() -> None:
    trials = [make_trial(number, values={"optimizer": name}) for number, name in enumerate(("adam", "sgd"))]
    async with running(FakeSource(make_view(trials))) as app:
        app.screen.mark(["0000", "0001"])
        await compared(app)
        assert app.row("optimizer ").split("│")[1].split() == ["optimizer", "adam", "sgd", "differs"]


@pytest.mark.parametrize(
    "better",
    [replace(make_trial(0, score=0.9), violation=0.1), make_trial(0, TrialState.STOPPED, score=0.9)],
)
async def test_what_cannot_be_the_best_has_no_star_beside_others(better: TrialView) -> None:
    trials = [better, make_trial(1, score=0.8)]
    async with running(FakeSource(make_view(trials))) as app:
        app.screen.mark(["0000", "0001"])
        await compared(app)
        assert "★ 0.8000" in app.row("val_accuracy   ")


async def test_one_trial_is_compared_with_the_best_and_the_best_with_nothing() -> None:
    async with running(some_trials()) as app:
        await app.press("home", "C")
        await app.pilot.pause()
        assert not app.has_dialog
        assert [note.message for note in app.app._notifications] == ["Mark trials to compare them, with t."]
        await app.press("down", "down")
        screen = await compared(app)
        assert [column.label for column in screen.query_one(CompareTable)._columns] == [
            "",
            "0001",
            "0000",
            "difference",
        ]


async def test_many_trials_are_compared_as_they_are_marked() -> None:
    async with running(some_trials(), size=(80, 24)) as app:
        await app.press("home", "t", "t", "t", "t", "t", "t", "t")
        screen = await compared(app)
        assert len(screen.query_one(CompareTable)._columns) == 8
        app.screen.mark(["0000", "0004"])
        await app.pilot.pause()
        assert [column.label for column in screen.query_one(CompareTable)._columns][1:3] == ["0000", "0004"]
        await app.press("m", "l", "right", "down", "end")
        assert app.app.is_running


async def test_where_trials_are_compared_without_curves_no_key_is_offered_for_them() -> None:
    async with running(some_trials(), size=(80, 24)) as app:
        await app.press("home", "t", "t")
        screen = await compared(app)
        assert "m Metric" not in app.text
        await app.pilot.resize_terminal(80, 45)
        await app.pilot.pause()
        assert "m Metric" in app.text
        assert screen.query_one("#curves").display


async def test_a_trial_is_copied_from_its_row() -> None:
    async with running(some_trials()) as app:
        await app.press("home", "y", "p")
        await app.until(lambda: app.app.clipboard)
        assert "'units': 16" in app.app.clipboard


async def test_the_pane_says_what_its_keys_do_as_long_as_they_count() -> None:
    async with running(some_trials()) as app:
        assert "enter Open  t Mark" in app.text
        await app.press("2")
        await app.pilot.pause()
        assert "enter Open" not in app.text
        for keys in (("1",), ("tab", "shift+tab"), ("N", "escape")):
            await app.press(*keys)
            await app.until(lambda: "enter Open  t Mark" in app.text)


async def test_the_example_of_a_filter_is_one_of_this_search() -> None:
    async with running(some_trials()) as app:
        await app.press("F")
        await app.pilot.pause()
        assert "such as: units > 8 and status == completed" in app.text
