"""A process without a home and without a name, as services and containers have it."""

from __future__ import annotations

import pwd
from pathlib import Path

import pytest

from tui_tuner.engine.asking import this_person
from tui_tuner.system.user_state import home_folder, user_name, user_state_folder
from tui_tuner.tui.keymap import keymap_file
from tui_tuner.tui.widgets.search_list import short_path
from tui_tuner.worker.jax_cache import keep_compiled

VARIABLES = ("HOME", "USER", "LOGNAME", "LNAME", "USERNAME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")


def nobody(*_: object) -> None:
    raise KeyError("uid not found")


@pytest.fixture
def unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)


@pytest.mark.usefixtures("unknown")
def test_where_the_machine_knows_no_person_the_root_folder_is_the_home() -> None:
    with pytest.raises(RuntimeError):
        Path.home()
    assert home_folder() == Path("/")
    assert user_state_folder() == Path("/.local/state/tui-tuner")
    assert keymap_file() == Path("/.config/tui-tuner/keys.yaml")
    assert short_path(Path("/searches/a"), Path("/elsewhere")) == "~/searches/a"
    assert user_name() == "somebody"
    assert this_person("ctl").startswith("somebody on ")


@pytest.mark.usefixtures("unknown")
def test_without_a_home_jax_keeps_nothing() -> None:
    environment = {"KERAS_BACKEND": "jax"}
    keep_compiled(environment)
    assert environment == {"KERAS_BACKEND": "jax"}
