"""What each key does to a running search, and what the screen says at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.fake_source import FakeSource, ScriptedSearch, make_trial, make_view
from support.running_app import Loop, running
from textual._compositor import Compositor, LayoutUpdate

from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.view import SearchState, TrialState
from tui_tuner.errors import TunerError
from tui_tuner.tui.screens.help import HelpScreen
from tui_tuner.tui.screens.question import Question


def live(state: SearchState = SearchState.RUNNING) -> FakeSource:
    trials = [make_trial(0), make_trial(1), make_trial(2, TrialState.RUNNING, done=4)]
    return FakeSource(make_view(trials, state=state))


async def test_space_pauses_and_says_so_before_the_engine_answers() -> None:
    source = live()
    async with running(source) as app:
        await app.press("space")
        assert source.kinds() == [CommandKind.PAUSE]
        assert "pausing" in app.header
        source.put(state=SearchState.PAUSED)
        await app.poll()
        assert "paused   1 trial held after its epoch" in app.header
        assert "pausing" not in app.header
        source.put(workers=())
        await app.poll()
        assert "held" not in app.header


async def test_space_ends_a_pause() -> None:
    source = live(SearchState.PAUSED)
    async with running(source) as app:
        await app.press("space")
        assert source.kinds() == [CommandKind.RESUME]
        assert "continuing" in app.header
        source.put(state=SearchState.RUNNING)
        await app.poll()
        assert "● running" in app.header


async def test_space_twice_takes_the_pause_back_although_the_engine_has_not_answered() -> None:
    source = live()
    async with running(source) as app:
        await app.press("space", "space")
        assert source.kinds() == [CommandKind.PAUSE, CommandKind.RESUME]
        assert "● running" in app.header


@pytest.mark.parametrize("take_back", ["s", "space"])
async def test_s_stops_after_the_running_trials_and_is_taken_back(take_back: str) -> None:
    source = live()
    async with running(source) as app:
        await app.press("s")
        assert source.kinds() == [CommandKind.STOP]
        assert "stopping" in app.header
        source.put(state=SearchState.STOPPING)
        await app.poll()
        await app.press(take_back)
        assert source.kinds() == [CommandKind.STOP, CommandKind.RESUME]
        source.put(state=SearchState.RUNNING)
        await app.poll()
        assert "● running" in app.header


async def test_shift_s_asks_and_stops_now() -> None:
    source = live()
    async with running(source) as app:
        await app.press("S")
        assert isinstance(app.app.screen, Question)
        assert source.kinds() == []
        await app.press("y")
        assert source.kinds() == [CommandKind.STOP_NOW]
        assert "stopping now" in app.header
        await app.press("space", "s", "x")
        assert source.kinds() == [CommandKind.STOP_NOW]
        source.put(state=SearchState.STOPPED, run_started=None)
        await app.poll()
        assert "■ stopped" in app.header


@pytest.mark.parametrize("width", [160, 40])
async def test_what_an_answer_means_is_folded_under_its_label(width: int) -> None:
    async with running(live(), size=(width, 24)) as app:
        await app.press("S")
        await app.pilot.pause()
        lines = app.text.splitlines()
        first = next(index for index, line in enumerate(lines) if "The running trials" in line)
        start = lines[first].index("The running")
        assert lines[first - 1].index("Stop now") == start
        assert lines[first + 1][start - 1] == " "
        assert lines[first + 1][start] != " "


@pytest.mark.parametrize("key", ["escape"])
async def test_shift_s_can_be_cancelled(key: str) -> None:
    source = live()
    async with running(source) as app:
        await app.press("S", key)
        assert not isinstance(app.app.screen, Question)
        assert source.kinds() == []


async def test_x_skips_the_selected_running_trial_once() -> None:
    source = live()
    async with running(source) as app:
        await app.press("x", "x")
        assert source.sent == [Command(CommandKind.SKIP, "0002")]
        await app.pilot.pause()
        assert "skipping" in app.row("0002   ●")
        assert "ends with its epoch" in app.row("worker 0")
        source.say("ends with its epoch")
        await app.poll()
        (note,) = app.app._notifications
        assert (note.title, note.message) == ("Skip", "ends with its epoch")
        source.put_trial(make_trial(2, TrialState.STOPPED))
        await app.poll()
        assert "stopped" in app.row("0002   ■")


async def test_x_does_nothing_to_a_trial_that_has_ended() -> None:
    source = live()
    async with running(source) as app:
        await app.press("down", "x")
        assert app.screen.state is not None
        assert app.screen.state.shown is not None
        assert app.screen.state.shown.status is TrialState.COMPLETED
        assert source.sent == []


async def test_r_resumes_a_stopped_search_with_a_new_loop() -> None:
    source = FakeSource(make_view([make_trial(0)], state=SearchState.STOPPED))
    loop = Loop()
    async with running(source, make_drive=lambda: loop) as app:
        await app.press("r")
        await app.until(loop.running.is_set)
        assert "starting" in app.header
        await app.press("r")
        assert loop.calls == 1
        source.put(state=SearchState.RUNNING)
        await app.poll()
        assert "● running" in app.header


async def test_r_says_why_where_resuming_is_not_possible() -> None:
    source = FakeSource(make_view([make_trial(0)], state=SearchState.INTERRUPTED, root=Path("/a/[b]/c")))
    async with running(source) as app:
        await app.press("r")
        await app.pilot.pause()
        assert [note.message for note in app.app._notifications] == [
            "This app only watches the search. To go on with it: tui-tuner resume '/a/[b]/c'"
        ]


async def test_r_says_what_went_wrong() -> None:
    def taken() -> Loop:
        raise TunerError("Process 7 runs this search.", "Attach to it.")

    source = FakeSource(make_view([make_trial(0)], state=SearchState.STOPPED))
    async with running(source, make_drive=taken) as app:
        await app.press("r")
        await app.pilot.pause()
        assert [note.message for note in app.app._notifications] == ["Process 7 runs this search. Attach to it."]
        assert "stopped" in app.header


async def test_a_command_that_cannot_be_sent_is_not_echoed() -> None:
    def refuse(command: Command) -> None:
        raise TunerError("The disk is full.")

    source = live()
    source.on_send = refuse
    async with running(source) as app:
        await app.press("space")
        await app.pilot.pause()
        assert [note.message for note in app.app._notifications] == ["The disk is full."]
        assert "● running" in app.header


async def test_m_shows_the_next_metric_and_l_a_log_scale() -> None:
    async with running(live()) as app:
        curves = app.pane("curves")
        assert (curves.metric, curves.is_log) == ("accuracy", False)
        await app.press("m")
        assert curves.metric == "loss"
        await app.press("m")
        assert curves.metric == "accuracy"
        await app.press("l")
        assert curves.is_log
        assert curves.plot.log
        await app.press("l")
        assert not curves.is_log


async def test_moving_selects_a_trial_and_f_follows_the_running_one_again() -> None:
    source = live()
    async with running(source) as app:
        assert app.screen.state is not None
        assert app.screen.state.following
        await app.press("down")
        await app.pilot.pause()
        assert not app.screen.state.following
        chosen = app.screen.state.shown
        assert chosen is not None
        assert chosen.trial_id == "0001"
        assert f"trial {chosen.trial_id}" in app.row("2 Curves")
        source.put_trial(make_trial(3, TrialState.RUNNING, done=1))
        await app.poll()
        assert app.screen.state.shown is chosen
        await app.press("f")
        assert app.screen.state.following
        assert app.screen.state.shown is not None
        assert app.screen.state.shown.status is TrialState.RUNNING


async def test_number_keys_and_tab_go_through_the_panes() -> None:
    async with running(live()) as app:
        for key, pane in zip("12345", ("leaderboard", "curves", "space", "best", "log"), strict=True):
            await app.press(key)
            assert app.screen.focused is app.pane(pane)
        await app.press("tab")
        assert app.screen.focused is app.pane("leaderboard")
        await app.press("tab")
        assert app.screen.focused is app.pane("curves")
        await app.press("shift+tab", "shift+tab")
        assert app.screen.focused is app.pane("log")


async def test_question_mark_shows_all_keys_and_closes() -> None:
    async with running(live(), size=(120, 90)) as app:
        await app.press("question_mark")
        await app.pilot.pause()
        assert isinstance(app.app.screen, HelpScreen)
        for sentence in (
            "Go on after a pause.",
            "Show the next metric's curves.",
            "Go to the leaderboard, the curves,",
        ):
            assert sentence in app.text
        await app.press("question_mark")
        assert not app.has_dialog


async def test_the_palette_offers_what_is_possible_and_does_it() -> None:
    source = live()
    async with running(source) as app:
        titles = {command.title for command in app.app.get_system_commands(app.app.screen)}
        assert "Go on after a pause" not in titles
        assert "Start no new trial, and hold the running ones after their epoch" in titles
        await app.press("ctrl+p")
        await app.until(lambda: app.app.screen is not app.screen)
        await app.press(*"hold the running", "enter")
        await app.until(lambda: source.sent)
        assert source.kinds() == [CommandKind.PAUSE]


async def test_the_footer_offers_what_is_possible() -> None:
    source = live()
    async with running(source) as app:
        footer = app.text.splitlines()[-1]
        assert "space Pause" in footer
        assert "Skip" in footer
        assert "Resume" not in footer
        await app.press("space")
        await app.until(lambda: "space Continue" in app.text.splitlines()[-1])
        source.put(state=SearchState.COMPLETED, run_started=None)
        await app.poll()
        await app.until(lambda: "Stop" not in app.text.splitlines()[-1])
        assert "q Quit" in app.text.splitlines()[-1]


async def test_a_click_on_a_key_does_what_the_key_does() -> None:
    source = live()
    async with running(source) as app:
        await app.pilot.click("#keys", offset=(3, 0))
        await app.until(lambda: source.sent)
        assert source.kinds() == [CommandKind.PAUSE]


async def test_a_read_only_app_offers_no_command() -> None:
    source = live()
    async with running(source, read_only=True, attached=True) as app:
        assert "read-only" in app.header
        assert list(app.app.worker_pids()) == []  # whom it would hold up
        await app.press("space", "s", "S", "x", "r")
        assert source.sent == []
        assert app.app.screen is app.screen
        footer = app.text.splitlines()[-1]
        assert "Pause" not in footer
        assert "Stop" not in footer


async def test_an_attached_app_says_so_and_sends_commands() -> None:
    source = live()
    async with running(source, attached=True) as app:
        assert "attached" in app.header
        assert list(app.app.worker_pids()) == [worker.pid for worker in source.view.workers] != []
        await app.press("space")
        assert source.kinds() == [CommandKind.PAUSE]


async def test_a_whole_scripted_search_is_shown_to_its_end(tmp_path: Path) -> None:
    source = ScriptedSearch(tmp_path, workers=2, total=8)
    async with running(source) as app:
        assert "importing TensorFlow in worker 0" in app.text
        while not source.is_over:
            source.advance()
            await app.poll()
        assert "✓ completed" in app.header
        assert "trial 8 of 8" in app.header
        assert app.text.count("✗ failed") == 2
        assert "test accuracy" in app.text
        assert "18/18 accuracy" in app.text


async def test_going_to_another_pane_repaints_the_two_panes_concerned_and_not_the_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole: list[object] = []
    render = Compositor.render_full_update

    def counted(compositor: Compositor, simplify: bool = False) -> LayoutUpdate:
        whole.append(compositor)
        return render(compositor, simplify)

    async with running(live()) as app:
        await app.poll()
        monkeypatch.setattr(Compositor, "render_full_update", counted)
        before = app.screen.focused
        await app.press("tab")
        await app.until(lambda: app.screen.focused is not before)
        await app.poll()
        assert whole == []
