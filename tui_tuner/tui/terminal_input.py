"""What comes from a terminal, in a form in which Textual's parser takes it for what it is."""

from __future__ import annotations

from codecs import getincrementaldecoder

_BEGIN, _END = "\x1b[200~", "\x1b[201~"
"""Around what is pasted (bracketed paste)."""

_ESCAPE = "\x1b"


class TerminalInput:
    """Turns bytes into text. Bytes that are no UTF-8 become U+FFFD, and what is pasted loses its escape characters:
    from one of them on the parser takes the rest for keys."""

    def __init__(self) -> None:
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._pasting = False
        self._held = ""
        """Of a paste: what may be the beginning of its end."""
        self._last = ""
        """Outside of one: what may be the beginning of the mark of its beginning; it has been given out already."""

    def read(self, data: bytes) -> str:
        """The text of some bytes; the rest of it may come with the next ones."""
        text = self._decode(data)
        read: list[str] = []
        while text:
            text = self._read_paste(text, read) if self._pasting else self._read_keys(text, read)
        return "".join(read)

    def _read_keys(self, text: str, read: list[str]) -> str:
        """Give out what comes before a paste; what is left."""
        whole = self._last + text
        place = whole.find(_BEGIN)
        if place < 0:
            self._last = whole[1 - len(_BEGIN) :]
            read.append(text)
            return ""
        after = place + len(_BEGIN) - len(self._last)
        self._pasting, self._last = True, ""
        read.append(text[:after])
        return text[after:]

    def _read_paste(self, text: str, read: list[str]) -> str:
        """Give out what is pasted; what is left."""
        text, self._held = self._held + text, ""
        pasted, end, rest = text.partition(_END)
        if end:
            self._pasting = False
        else:
            held = next(size for size in range(len(_END) - 1, -1, -1) if text.endswith(_END[:size]))
            pasted, self._held = text[: len(text) - held], _END[:held]
        read.append(pasted.replace(_ESCAPE, "") + end)
        return rest
