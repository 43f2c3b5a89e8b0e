"""Where JAX keeps what it compiles."""

from __future__ import annotations

import importlib.metadata
import stat
from pathlib import Path

import pytest

from tui_tuner.worker import template
from tui_tuner.worker.jax_cache import keep_compiled

FOLDER = "JAX_COMPILATION_CACHE_DIR"


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: {"jax": "9.8.7"}[name])
    return {"KERAS_BACKEND": "jax", "XDG_CACHE_HOME": str(tmp_path / "cache")}


def test_each_version_has_a_folder_that_nobody_else_may_write_to(environment: dict[str, str], tmp_path: Path) -> None:
    keep_compiled(environment)
    folder = Path(environment[FOLDER])
    assert folder.parent == tmp_path / "cache" / "tui-tuner"
    assert folder.name.startswith("jax-9.8.7-")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert environment["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] == "0"


def test_a_backend_that_keras_json_chooses_counts(environment: dict[str, str], tmp_path: Path) -> None:
    del environment["KERAS_BACKEND"]
    environment["KERAS_HOME"] = str(tmp_path)
    assert template.is_possible(environment)
    (tmp_path / "keras.json").write_text('{"backend": "jax"}')
    keep_compiled(environment)
    assert Path(environment[FOLDER]).is_dir()
    assert not template.is_possible(environment)  # a process that has imported JAX must not be forked


@pytest.mark.parametrize("changed", [{"KERAS_BACKEND": "tensorflow"}, {FOLDER: "/elsewhere"}])
def test_other_backends_and_folders_of_the_users_own_are_left_alone(
    environment: dict[str, str], changed: dict[str, str], tmp_path: Path
) -> None:
    environment |= changed
    before = dict(environment)
    keep_compiled(environment)
    assert environment == before
    assert not (tmp_path / "cache").exists()


def test_a_folder_that_others_may_write_to_is_not_used(environment: dict[str, str]) -> None:
    keep_compiled(environment)
    Path(environment.pop(FOLDER)).chmod(0o777)
    keep_compiled(environment)
    assert FOLDER not in environment


def test_where_no_folder_can_be_made_jax_keeps_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    keep_compiled(environment)
    assert FOLDER not in environment
