"""Requests are shown as done until the engine answers."""

from __future__ import annotations

import pytest
from support.fake_source import FakeSource, make_trial, make_view

from tui_tuner.engine.commands import Answer, Command, CommandKind
from tui_tuner.engine.view import SearchState, TrialState
from tui_tuner.errors import TunerError
from tui_tuner.tui.actions import ACTIONS, Situation, availability
from tui_tuner.tui.control import Control


def unanswered() -> Control:
    """Requests that the engine has not answered."""
    return Control(lambda command: 1, lambda request: None)


def test_an_echo_lasts_until_the_state_changes_to_any_other() -> None:
    for answer in (SearchState.PAUSED, SearchState.STOPPING, SearchState.COMPLETED, SearchState.INTERRUPTED):
        control = unanswered()
        running = make_view(state=SearchState.RUNNING)
        control.pause(running)
        control.observe(running)
        assert (control.state(running), control.word(running)) == (SearchState.PAUSED, "pausing")
        answered = make_view(state=answer)
        control.observe(answered)
        assert (control.state(answered), control.word(answered)) == (answer, answer.value)


def test_stopping_now_lasts_until_the_search_is_no_longer_live() -> None:
    control = unanswered()
    control.stop_now()
    control.observe(make_view(state=SearchState.STOPPING))
    assert control.stopping_now
    control.observe(make_view(state=SearchState.STOPPED))
    assert not control.stopping_now


def test_a_skip_lasts_until_the_trial_no_longer_runs() -> None:
    control = unanswered()
    control.skip("0001")
    control.observe(make_view([make_trial(1, TrialState.RUNNING)]))
    assert control.skipping == {"0001"}
    control.observe(make_view([make_trial(1, TrialState.STOPPED)]))
    assert control.skipping == frozenset()


def test_what_the_engine_refuses_is_not_shown_as_done_any_more() -> None:
    source = FakeSource(make_view([make_trial(1, TrialState.RUNNING)]))
    control = Control(source.send, source.answer)
    control.pause(source.view)
    assert control.answers() == []
    source.say("no", ok=False)
    assert [said.answer.text for said in control.answers()] == ["no"]
    assert control.answers() == []
    assert control.word(source.view) == "running"
    control.skip("0001")
    source.say("trial 0001 is not running", ok=False)
    control.answers()
    assert control.skipping == frozenset()


def test_no_answer_is_expected_of_an_engine_that_is_gone() -> None:
    source = FakeSource(make_view([make_trial(1, TrialState.RUNNING)]))
    control = Control(source.send, source.answer)
    control.ask(Command(CommandKind.ENQUEUE, arguments={"values": {}}))
    control.observe(make_view(state=SearchState.INTERRUPTED))
    source.say("the engine ended before it came to this", ok=False)
    assert control.answers() == []


def test_workers_are_counted_from_what_was_asked_last() -> None:
    source = FakeSource(make_view([make_trial(1, TrialState.RUNNING)]))
    control = Control(source.send, source.answer)
    for by in (1, 1, -1, -1, -1, -1):
        control.change_workers(source.view, by)
    assert [command.arguments["workers"] for command in source.sent] == [2, 3, 2, 1, 1, 1]
    source.say("1 trial at once")
    control.answers()
    source.put(wanted_workers=4)
    control.change_workers(source.view, 1)
    assert source.sent[-1].arguments["workers"] == 2  # others are still to be answered
    for request in range(len(source.sent) + 1):
        source.answers[request] = Answer(True, "so many at once")
    control.answers()
    control.change_workers(source.view, 1)
    assert source.sent[-1].arguments["workers"] == 5


def test_without_workers_there_is_nothing_to_count_from() -> None:
    with pytest.raises(TunerError, match="no workers now"):
        unanswered().change_workers(make_view(state=SearchState.PAUSED), 1)


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
