"""What comes from a terminal: pasted text is no key, and bytes that are no UTF-8 end nothing."""

from __future__ import annotations

import pytest
from textual import events
from textual._xterm_parser import XTermParser

from tui_tuner.tui.terminal_input import TerminalInput

BEGIN, END = b"\x1b[200~", b"\x1b[201~"


def taken_for(pieces: list[bytes]) -> list[str]:
    """What Textual takes it for: keys by their names, what is pasted in quotes."""
    terminal, parser = TerminalInput(), XTermParser()
    found = [message for piece in pieces for message in parser.feed(terminal.read(piece) or "\0")]
    pasted = [repr(message.text) for message in found if isinstance(message, events.Paste)]
    keys = [message.key for message in found if isinstance(message, events.Key) and message.key != "ctrl+@"]
    return [*keys, *pasted]


@pytest.mark.parametrize(
    "text", [b"red \x1b[31mq\r\nrm", b"\x1bOPq", b"a\x1b" + b"q" * 60, b"\x1b[201q", b"\x1b\x1b[A"]
)
def test_what_is_pasted_is_never_taken_for_keys(text: bytes) -> None:
    pasted = repr(text.decode().replace("\x1b", ""))
    whole = BEGIN + text + END
    assert taken_for([whole + b"z"]) == ["z", pasted]
    for cut in range(len(BEGIN) + 1, len(whole)):
        assert taken_for([whole[:cut], whole[cut:] + b"z"]) == ["z", pasted]


def test_keys_around_and_between_pastes_are_keys() -> None:
    assert taken_for([b"a" + BEGIN + b"b" + END + b"c" + BEGIN + END + b"\x1b[Ad"]) == [
        "a",
        "c",
        "up",
        "d",
        "'b'",
        "''",
    ]


def test_what_only_begins_like_a_paste_is_given_out_at_once() -> None:
    terminal = TerminalInput()
    assert [terminal.read(piece) for piece in (b"\x1b", b"[2", b"x")] == ["\x1b", "[2", "x"]


def test_the_mark_of_a_paste_may_come_in_pieces() -> None:
    terminal = TerminalInput()
    pieces = [bytes([byte]) for byte in BEGIN + b"a\x1b[q" + END + b"\x1b[A"]
    assert "".join(map(terminal.read, pieces)) == (BEGIN + b"a[q" + END + b"\x1b[A").decode()


def test_bytes_that_are_no_utf_8_are_replaced_and_characters_may_come_in_pieces() -> None:
    terminal = TerminalInput()
    assert [terminal.read(piece) for piece in (b"\xff", b"\xe5\xad", b"\xa6", b"\xe9a")] == [
        "\ufffd",
        "",
        "学",
        "\ufffda",
    ]
