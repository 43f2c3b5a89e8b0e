"""Shell completion, as the shells ask for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tui_tuner.headless.completion import complete_config, complete_search


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("searches/one/search.db", "searches/two/search.db", "deep/er/still/search.db", "theirs/oracle.json"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    for name in ("mine.yaml", "script.py", "notes.txt", "searches/.hidden.yaml"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_searches_are_offered_wherever_they_lie(folder: Path) -> None:
    assert complete_search("") == ["theirs", "searches/one", "searches/two", "deep/er/still"]
    assert complete_search("se") == ["searches/one", "searches/two"]
    assert complete_search("searches/t") == ["searches/two"]
    assert complete_search(f"{folder}/searches/o") == [f"{folder}/searches/one"]
    assert complete_search("nowhere/") == []


def test_configs_and_scripts_are_offered(folder: Path) -> None:
    assert complete_config("") == ["mine.yaml", "script.py"]
    assert complete_config("m") == ["mine.yaml"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("tui-tuner attach searches/t", "searches/two"),
        ("tui-tuner ctl searches/o", "searches/one"),
        ("tui-tuner run mi", "mine.yaml"),
        ("tui-tuner export searches/one --format h", "html"),
        ("tui-tuner ret", "retrain"),
    ],
)
def test_bash_is_told_what_fits(folder: Path, typed: str, offered: str) -> None:
    environment = {
        **os.environ,
        "_TUI_TUNER_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(typed.split()) - 1),
    }
    command = [sys.executable, "-m", "tui_tuner.cli"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == [offered], done.stderr
