"""Requests are shown as done until the engine answers."""

from __future__ import annotations

import pytest
from support.fake_source import make_trial, make_view

from tui_tuner.engine.commands import Command
from tui_tuner.engine.view import SearchState, TrialState
from tui_tuner.tui.actions import ACTIONS, Situation, availability
from tui_tuner.tui.control import Control


def test_an_echo_lasts_until_the_state_changes_to_any_other() -> None:
    for answer in (SearchState.PAUSED, SearchState.STOPPING, SearchState.COMPLETED, SearchState.INTERRUPTED):
        sent: list[Command] = []
        control = Control(sent.append)
        control.pause()
        running = make_view(state=SearchState.RUNNING)
        control.observe(running)
        assert (control.state(running), control.word(running)) == (SearchState.PAUSED, "pausing")
        answered = make_view(state=answer)
        control.observe(answered)
        assert (control.state(answered), control.word(answered)) == (answer, answer.value)


def test_stopping_now_lasts_until_the_search_is_no_longer_live() -> None:
    control = Control(lambda command: None)
    control.stop_now()
    control.observe(make_view(state=SearchState.STOPPING))
    assert control.stopping_now
    control.observe(make_view(state=SearchState.STOPPED))
    assert not control.stopping_now


def test_a_skip_lasts_until_the_trial_no_longer_runs() -> None:
    control = Control(lambda command: None)
    control.skip("0001")
    control.observe(make_view([make_trial(1, TrialState.RUNNING)]))
    assert control.skipping == {"0001"}
    control.observe(make_view([make_trial(1, TrialState.STOPPED)]))
    assert control.skipping == frozenset()


@pytest.mark.parametrize("state", SearchState)
@pytest.mark.parametrize("read_only", [True, False])
def test_no_key_does_two_things_at_once(state: SearchState, read_only: bool) -> None:
    for driving in (True, False):
        now = Situation(state, read_only, driving)
        keys = [key for action in ACTIONS if action.available(now) is not False for key in action.keys.split(",")]
        assert len(keys) == len(set(keys))


def test_every_action_is_explained_and_named_once() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    assert all(action.help.endswith(".") and action.label for action in ACTIONS)


def test_actions_of_textual_are_always_possible() -> None:
    assert availability("command_palette", Situation()) is True
