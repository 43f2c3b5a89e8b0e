"""One registry of actions: its keys can be rebound, and help, footer and palette follow."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.fake_source import FakeSource, make_trial, make_view
from support.running_app import App, running

from tui_tuner.engine.commands import CommandKind
from tui_tuner.engine.view import SearchState, TrialState
from tui_tuner.tui.actions import BY_ID, PANES, SCOPES
from tui_tuner.tui.jumping import JumpScreen
from tui_tuner.tui.keymap import keymap_file, load_keymap
from tui_tuner.tui.screens.help import HelpScreen


@pytest.fixture
def keys_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = tmp_path / "tui-tuner" / "keys.yaml"
    file.parent.mkdir()
    return file


def running_search() -> FakeSource:
    return FakeSource(
        make_view([make_trial(0, score=0.5), make_trial(1, score=0.6), make_trial(2, TrialState.RUNNING)])
    )


def test_ids_are_unique_and_every_action_says_what_it_does() -> None:
    actions = [action for scope in SCOPES.values() for action in scope]
    assert len(BY_ID) == len(actions)
    assert all(action.help.endswith(".") and action.label for action in actions)


@pytest.mark.parametrize("pane", PANES)
def test_no_pane_takes_a_key_of_the_search(pane: str) -> None:
    of_search = {key: action.id for action in SCOPES["search"] for key in action.keys.split(",")}
    taken = {key: of_search[key] for action in SCOPES[pane] for key in action.keys.split(",") if key in of_search}
    assert taken.keys() <= {"escape", "l", "m"}


def test_the_file_is_where_configuration_is_kept(keys_file: Path) -> None:
    assert keymap_file() == keys_file


@pytest.mark.parametrize(
    ("written", "keys"),
    [
        ("pause: h", {"pause": "h"}),
        ("filter: [F, ctrl+f]", {"filter": "F,ctrl+f"}),
        ("filter: 'F, ctrl+f'", {"filter": "F,ctrl+f"}),
        ("help: '!'", {"help": "exclamation_mark"}),
        ("help: F1", {"help": "f1"}),
        (
            "more_workers: ']'\nfewer_workers: '['",
            {"more_workers": "right_square_bracket", "fewer_workers": "left_square_bracket"},
        ),
        ("note: Shift+d", {"note": "D"}),
        ("filter: Ctrl+F", {"filter": "ctrl+f"}),
        ("note: [shift+tab, shift+f5]", {}),  # goes to a pane
        ("stop: x\nskip: s\ntake_back: h", {"stop": "x", "skip": "s", "take_back": "h"}),
        ("pause: 5\n", {}),  # goes to a pane
        ("", {}),
    ],
)
def test_keys_are_read_as_people_write_them(written: str, keys: dict[str, str], keys_file: Path) -> None:
    keys_file.write_text(written)
    assert load_keymap(keys_file).keys == keys


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("pauze: p", "There is no action pauze; did you mean pause?"),
        ("pause: s", "pause and stop would both have the key s; pause stays as it was."),
        ("sort_next: b", "sort_next stays as it was"),
        ("pause: ctrl+", "pause: ctrl+ is no key"),
        ("pause: nokey", "pause: nokey is no key; such as x, X, ctrl+x"),
        ("pause: []", "pause: no key is given; such as x, X, ctrl+x"),
        ("pause:", "pause: no key is given"),
        ("pause: ctrl+p", "pause: ctrl+p is always for the palette; pause stays as it was."),
        ("filter: [ctrl+f, Ctrl+Q]", "filter: ctrl+q is always for leaving; filter stays as it was."),
        ("note: tab", "next_pane and note would both have the key tab; note stays as it was."),
        ("[1, 2]", "It must map ids of actions to keys, such as pause: p."),
        ("a: [", "It is no YAML in line"),
        ("\x00", "It is no YAML"),
        ("'[red]': x", "There is no action [red]."),
    ],
)
def test_what_cannot_be_used_is_told_and_changes_nothing(written: str, said: str, keys_file: Path) -> None:
    keys_file.write_text(written)
    keymap = load_keymap(keys_file)
    assert not keymap.keys
    assert said in keymap.problems[0]


async def test_a_rebound_key_does_it_and_the_old_one_does_not(keys_file: Path) -> None:
    keys_file.write_text("pause: Q\nsort_next: ctrl+s\n")
    source = running_search()
    async with running(source) as app:
        await app.press("space")
        assert not source.sent
        await app.press("Q")
        assert source.kinds() == [CommandKind.PAUSE]
        assert "Q Pause" not in app.text  # paused now
        assert "space Continue" in app.text
        source.put(state=SearchState.PAUSED)
        await app.poll()
        await app.press("space")
        assert source.kinds() == [CommandKind.PAUSE, CommandKind.RESUME]
        await app.press("ctrl+s")
        assert app.pane("leaderboard").chosen.order.column == "trial"


async def test_footer_help_and_palette_show_the_rebound_keys(keys_file: Path) -> None:
    keys_file.write_text("stop: ctrl+t\n")
    async with running(running_search()) as app:
        assert "ctrl+t Stop" in app.text
        commands = [command.help for command in app.app.get_system_commands(app.app.screen)]
        assert "key ctrl+t" in commands
        await app.press("question_mark")
        await app.until(lambda: isinstance(app.app.screen, HelpScreen))
        await app.pilot.pause()
        assert "ctrl+t  " in app.row("Start no new trial, and stop")


@pytest.mark.parametrize(
    ("written", "shown"),
    [("space", "space"), ("delete", "delete"), ("backspace", "backspace"), ("ctrl+[", "ctrl+["), ("alt+/", "alt+/")],
)
def test_keys_are_shown_as_they_are_written(written: str, shown: str, keys_file: Path) -> None:
    keys_file.write_text(f"mark_search: x\nother_list: {written}\n")
    assert load_keymap(keys_file).shown(BY_ID["other_list"]) == shown


async def test_a_mistake_in_the_file_is_one_message_and_the_app_works(keys_file: Path) -> None:
    keys_file.write_text("nothing: x\npause: s\nfilter: ctrl+f\n")
    async with running(running_search()) as app:
        (note,) = app.app._notifications
        assert "There is no action nothing" in note.message
        assert "pause and stop" in note.message
        await app.press("ctrl+f")
        assert app.screen.query("#prompt")


async def help_groups(app: App) -> list[str]:
    await app.press("question_mark")
    await app.until(lambda: isinstance(app.app.screen, HelpScreen))
    groups = [str(each.content) for each in app.app.screen.query(".help-group").results()]  # type: ignore[attr-defined]
    await app.press("escape")
    await app.until(lambda: not isinstance(app.app.screen, HelpScreen))
    return groups


async def test_help_begins_with_the_pane_that_has_the_focus() -> None:
    async with running(running_search()) as app:
        assert (await help_groups(app))[0] == "The leaderboard  has the focus"
        await app.press("5")
        groups = await help_groups(app)
        assert groups[0] == "The log  has the focus"
        assert {"The search", "The leaderboard", "The curves"} <= set(groups)
        await app.press("1", "enter")
        await app.until(lambda: app.has_dialog)
        assert (await help_groups(app))[0] == "One trial"


async def test_the_palette_offers_what_the_focused_pane_can_do() -> None:
    async with running(running_search()) as app:
        (command,) = [each for each in app.app.get_system_commands(app.app.screen) if each.help == "key k"]
        await command.callback()
        assert app.pane("leaderboard").chosen.order.column == "trial"


async def test_letters_lead_to_panes_and_rows() -> None:
    async with running(running_search()) as app:
        await app.press("home", "j")
        await app.until(lambda: isinstance(app.app.screen, JumpScreen))
        jump = app.app.screen
        assert isinstance(jump, JumpScreen)
        assert len(jump.letters) == len(PANES) + 3
        await app.press(list(jump.letters)[-1])
        await app.until(lambda: not app.has_dialog)
        assert app.pane("leaderboard").cursor_key == app.pane("leaderboard").keys[-1]
        await app.press("j")
        await app.until(lambda: isinstance(app.app.screen, JumpScreen))
        await app.press("s")
        await app.until(lambda: not app.has_dialog)
        assert app.screen.focused is app.pane("curves")
        await app.press("j")
        await app.until(lambda: isinstance(app.app.screen, JumpScreen))
        await app.pilot.resize_terminal(80, 24)  # the letters would stand beside something else
        await app.until(lambda: not app.has_dialog)
        await app.press("j", "exclamation_mark")
        await app.until(lambda: not app.has_dialog)
        assert app.screen.focused is app.pane("curves")
