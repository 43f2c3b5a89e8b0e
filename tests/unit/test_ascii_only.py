"""ASCII in place of all other characters, without moving anything."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len

from tui_tuner.headless.ascii_text import to_ascii, wants_ascii


@pytest.mark.parametrize(
    ("text", "ascii_text"),
    [
        ("╭─ Trials ─╮", "+- Trials -+"),
        ("━━╸───", "===---"),
        ("▁▂▄█", "_.=#"),
        ("\u2801\u2840\u28ff\u2800", "'.: "),
        ("★ ● ✓ ✗ ◆", "* * v x *"),
        ("0.81 ± 0.02 …", "0.81 ~ 0.02 ~"),
        ("café", "cafe"),
        ("cafe\u0301", "cafe"),
        ("日本", "????"),
        ("🙂!", "??!"),
        ("\u200bzero", "zero"),
    ],
)
def test_each_character_has_a_stand_in_of_its_width(text: str, ascii_text: str) -> None:
    assert to_ascii(text) == ascii_text
    assert cell_len(to_ascii(text)) == cell_len(text)


def test_every_character_keeps_its_width() -> None:
    for code in (*range(0x80, 0xD800), *range(0xE000, 0x10000), *range(0x1F300, 0x1FA00)):
        char = chr(code)
        assert to_ascii(char).isascii()
        if char.isprintable():
            assert cell_len(to_ascii(char)) == cell_len(char), hex(code)


@pytest.mark.parametrize(
    ("encoding", "variables", "wanted"),
    [
        ("utf-8", {}, False),
        ("UTF8", {"LANG": "C"}, False),
        ("iso-8859-1", {}, True),
        ("ascii", {}, True),
        ("utf-8", {"LC_ALL": "C"}, True),
        ("utf-8", {"LC_ALL": "POSIX"}, True),
        ("utf-8", {"LC_ALL": "C.UTF-8"}, False),
        ("utf-8", {"TUI_TUNER_ASCII": "1"}, True),
        ("ascii", {"TUI_TUNER_ASCII": "0"}, False),
    ],
)
def test_it_is_wanted_by_the_terminal_or_by_the_person(
    encoding: str, variables: dict[str, str], wanted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("LC_ALL", "TUI_TUNER_ASCII"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr("sys.__stdout__", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert wants_ascii() is wanted
