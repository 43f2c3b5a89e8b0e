"""Text from outside is made safe to show."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui_tuner.analysis.text import clean, log_lines, truncate


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain [red]markup[/]", "plain [red]markup[/]"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mc1", "c1"),
        ("cut short \x1b[", "cut short "),
        ("a\x1bcb", "ab"),
        ("a\nb\r\nc\td", "a b c d"),
        ("bell\x07 back\x08 del\x7f nul\x00", "bell back del nul"),
        ("abc\u202egnp.exe", "abcgnp.exe"),
        ("שלום عربى", "שלום عربى"),
        ("👩\u200d👧 ❤\ufe0f", "👩👧 ❤"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("e\u0301", "e\u0301"),
    ],
)
def test_text_becomes_one_line_of_visible_characters(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(st.text())
def test_cleaned_text_can_be_written_and_holds_no_control(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert not {unicodedata.category(character) for character in cleaned} & {"Cc", "Cf", "Cs"}
    assert clean(cleaned) == cleaned


@given(st.text(), st.integers(min_value=0, max_value=20))
def test_truncated_text_fits(text: str, width: int) -> None:
    assert cell_len(truncate(clean(text), width)) <= width


def test_truncation_counts_cells_and_marks_the_cut() -> None:
    assert truncate("learning_rate", 13) == "learning_rate"
    assert truncate("learning_rate", 8) == "learnin…"
    assert truncate("日本語テキスト", 6) == "日本…"
    assert truncate("anything", 1) == "…"
    assert truncate("anything", 0) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("one\ntwo\n", ["one", "two"]),
        ("one\r\ntwo", ["one", "two"]),
        ("10%\r20%\r100%\ndone", ["100%", "done"]),
        ("longer text\rshort", ["shortr text"]),
        ("longer text\r\x1b[Kshort", ["short"]),
        ("12/25\b\b\b\b\b13/25", ["13/25"]),
        ("\x1b[1m25/25\x1b[0m \x1b[32m━━━\x1b[0m loss: 0.5", ["25/25 ━━━ loss: 0.5"]),
        ("a\tb", ["a       b"]),
        ("\x00bad\x07", ["bad"]),
    ],
)
def test_a_log_reads_as_a_terminal_would_show_it(text: str, expected: list[str]) -> None:
    assert log_lines(text, 100) == expected


def test_a_log_is_bounded_to_its_last_lines() -> None:
    text = "\n".join(map(str, range(1000)))
    assert log_lines(text, 3) == ["997", "998", "999"]
    assert log_lines(text, 0) == []
