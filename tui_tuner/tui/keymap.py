"""The keys that a person has chosen: `keys.yaml` in `$XDG_CONFIG_HOME/tui-tuner`, by default in `~/.config`.

```yaml
pause: p            # an action's id, and its key
filter: [F, ctrl+f] # or several
```

Ids are in docs/keys.md and in the app's help. What cannot be used is told once, and everything else works.
"""

from __future__ import annotations

import difflib
import os
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from textual.keys import Keys

from tui_tuner.analysis.text import clean
from tui_tuner.system.user_state import home_folder
from tui_tuner.tui.actions import BY_ID, PANES, SCOPES, Action

_MODIFIERS = ("ctrl", "shift", "alt", "super", "hyper", "meta")
_SHORT = {"esc": "escape", "return": "enter", "del": "delete", "pgup": "pageup", "pgdn": "pagedown"}
_OF_ANY_APP = {"ctrl+p": "the palette", "ctrl+q": "leaving"}
"""Keys that Textual looks at before all others, and what they are for."""

_NAMED = {key.value for key in Keys} | {f"f{number}" for number in range(1, 25)}


@dataclass(frozen=True)
class Keymap:
    """What a person has chosen.

    Args:
        keys: Textual's names of the keys, separated by commas, by the id of the action; only of those that were chosen.
        problems: What could not be used, in a sentence each.
    """

    keys: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def of(self, action: Action) -> str:
        """The keys of an action."""
        return self.keys.get(action.id, action.keys)

    def shown(self, action: Action) -> str:
        """The keys of an action as people read them."""
        chosen = self.keys.get(action.id)
        return action.shown_keys if chosen is None else ", ".join(map(shown_key, chosen.split(",")))

    @property
    def for_textual(self) -> dict[str, str]:
        """What `App.set_keymap` takes; empty if nothing was chosen.

        It names every action: where one of several with the same key gets another, Textual forgets the rest.
        """
        return {action.id: self.of(action) for action in BY_ID.values()} if self.keys else {}


def keymap_file() -> Path:
    """Where it is looked for."""
    config = os.environ.get("XDG_CONFIG_HOME", "")
    base = Path(config) if config.startswith("/") else home_folder() / ".config"
    return base / "tui-tuner" / "keys.yaml"


def load_keymap(path: Path) -> Keymap:
    """Read the file; there need not be one."""
    import yaml

    try:
        stored = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Keymap()
    except (OSError, UnicodeDecodeError) as error:
        return Keymap(problems=(f"It cannot be read: {error}.",))
    except yaml.MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f" in line {error.problem_mark.line + 1}"
        return Keymap(problems=(f"It is no YAML{line}: {error.problem}.",))
    except yaml.YAMLError as error:
        return Keymap(problems=(f"It is no YAML: {error}.",))
    if stored is None:
        return Keymap()
    if not isinstance(stored, dict):
        return Keymap(problems=("It must map ids of actions to keys, such as pause: p.",))
    return _checked(stored)


def _checked(stored: Mapping[Any, Any]) -> Keymap:
    keys: dict[str, str] = {}
    problems = []
    for name, given in stored.items():
        if name not in BY_ID:
            near = difflib.get_close_matches(str(name), BY_ID, n=1)
            problems.append(f"There is no action {clean(str(name))}" + (f"; did you mean {near[0]}?" if near else "."))
            continue
        wanted = [str(key) for key in (given if isinstance(given, list) else [given])]
        found = [key for text in wanted for key in map(_key, _split(text))]
        wrong = next((text for text, key in zip(wanted, found, strict=False) if key is None), None)
        named = [key for key in found if key is not None]
        if wrong is not None or not named:
            said = f"{clean(str(given))} is no key" if given not in (None, "", []) else "no key is given"
            problems.append(f"{name}: {said}; such as x, X, ctrl+x, f5, space, or a list of them.")
            continue
        if taken := [key for key in named if key in _OF_ANY_APP]:
            problems.append(f"{name}: {taken[0]} is always for {_OF_ANY_APP[taken[0]]}; {name} stays as it was.")
            continue
        keys[name] = ",".join(dict.fromkeys(named))
    for first, second, key in _clashes(keys):
        if keys.keys() & {first.id, second.id}:
            kept = ", ".join(action.id for action in (first, second) if keys.pop(action.id, None))
            problems.append(
                f"{first.id} and {second.id} would both have the key {shown_key(key)}; {kept} stays as it was."
            )
    return Keymap(keys, tuple(problems))


def _split(text: str) -> list[str]:
    return [text] if text.strip() in (",", "") else [part.strip() for part in text.split(",")]


def _key(text: str) -> str | None:
    """Textual's name of a key; `None` if it is none."""
    text = " " if text == " " else text.strip()
    *modifiers, key = text.split("+") if len(text) > 1 else [text]
    key = _SHORT.get(key.lower(), key)
    modifiers = [modifier.lower() for modifier in modifiers]
    if len(key) == 1 and modifiers == ["shift"] and key.isalpha():  # terminals send the capital letter
        modifiers, key = [], key.upper()
    elif len(key) == 1 and modifiers:
        key = key.lower()
    if any(modifier not in _MODIFIERS for modifier in modifiers):
        return None
    if len(key) == 1:
        named = key if key.isalnum() else unicodedata.name(key, "").lower().replace(" ", "_").replace("-", "_")
    else:
        named = key.lower()
        if named not in _NAMED and not _character(named):
            return None
    named = {"solidus": "slash", "reverse_solidus": "backslash", "hyphen_minus": "minus", "plus_sign": "plus"}.get(
        named, {"low_line": "underscore", "commercial_at": "at"}.get(named, named)
    )
    return "+".join((*modifiers, named)) if named else None


def _character(name: str) -> str:
    """The visible character that a key's name stands for; empty if it stands for none."""
    special = {"slash": "/", "backslash": "\\", "minus": "-", "plus": "+", "underscore": "_", "at": "@"}
    try:
        character = special.get(name) or unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return ""
    return character if character.isprintable() and not character.isspace() else ""


def shown_key(key: str) -> str:
    """A key as people read it."""
    *modifiers, key = key.split("+")
    shown = "esc" if key == "escape" else key if len(key) == 1 else _character(key) or key
    return "+".join((*modifiers, shown))


def _clashes(keys: Mapping[str, str]) -> Iterator[tuple[Action, Action, str]]:
    """Pairs of actions that are within reach together, would have the same key, and have not by default."""
    for together in _within_reach():
        for place, first in enumerate(together):
            for second in together[place + 1 :]:
                mine, other = (set(keys.get(each.id, each.keys).split(",")) for each in (first, second))
                shared = sorted(mine & other)
                if shared and not set(first.keys.split(",")) & set(second.keys.split(",")):
                    yield first, second, shared[0]


def _within_reach() -> list[tuple[Action, ...]]:
    with_panes = [(*SCOPES["search"], *SCOPES.get(pane, ())) for pane in PANES]
    of_trial = [(*SCOPES["trial"], *SCOPES[pane]) for pane in ("curves", "log")]
    others = [actions for scope, actions in SCOPES.items() if scope not in ("search", *PANES)]
    return [*with_panes, *of_trial, *others]
