"""What went wrong, out of the many lines that Keras and its backends say it in."""

from __future__ import annotations

import re
from collections.abc import Sequence

_STYLE = re.compile(r"\x1b\[[\d;]*m")
"""Keras writes in bold what went wrong inside a layer."""

_GRAPH_NODE = re.compile(r"\{\{\w+ [^{}]*\}\}\s*")
"""What TensorFlow puts before its messages: `{{function_node __wrapped__…}}`."""

_IN_GRAPH = "Graph execution error:"
_WHERE = (" ", "\t", "<stack traces", "Detected at node", "Traceback (most recent call last)")
_RAISED = re.compile(r"[\w.]*(?:Error|Exception|Exit|Interrupt|Iteration): ")

_IN_CALL = re.compile(
    r"Exception encountered when calling ([^\n]+)\.\n(.*?)(?:\nArguments received by .*)?\Z", re.DOTALL
)
"""How Keras tells of what a layer raised when it was called: `Dense.call()`, what it raised, its arguments."""

_WRAPPED = re.compile(r"\b(?:Error|Exception) encountered:(?:\n\s*|\Z)")
"""What Keras puts, after advice of several lines, before what was raised."""

_WRAPPED_AFTER = 30
"""A line that was broken in the middle of a sentence has at least so many characters."""

_GOES_ON = re.compile(r"[a-z`'\"(]")
_ENDED = (".", ":", "!", "?", ";")


def told(kind: str, text: str) -> str:
    """What went wrong, in one line: `ValueError: Reshape.call(): The total size of the tensor must be unchanged.`

    Args:
        kind: The name of the exception's class.
        text: All that it says.
    """
    text = _GRAPH_NODE.sub("", _STYLE.sub("", text)).strip()
    called = ""
    while inside := _IN_CALL.match(text):
        called, text = inside.group(1), inside.group(2).strip()
    text = _WRAPPED.split(text)[-1].strip()
    lines = text.splitlines()
    if lines and lines[0].strip() == _IN_GRAPH:
        return _told_in_graph(kind, lines)
    return ": ".join(part for part in (kind, called, _sentence(lines)) if part)


def _sentence(lines: Sequence[str]) -> str:
    """The first line, and what follows of it where it is broken in the middle of a sentence."""
    sentence = lines[0] if lines else ""
    last = sentence
    for line in lines[1:]:
        if len(last) < _WRAPPED_AFTER or last.endswith(_ENDED) or not _GOES_ON.match(line):
            break
        sentence, last = f"{sentence} {line}", line
    return sentence


def _told_in_graph(kind: str, lines: Sequence[str]) -> str:
    """What goes wrong inside a graph of TensorFlow is told further down, after where.

    If it was Python code there (a data loader), it is told by the exception that it raised.
    """
    said = [line for line in lines[1:] if line.strip() and not line.startswith(_WHERE)]
    raised = [line for line in said if _RAISED.match(line)]
    return raised[0] if raised else f"{kind}: {said[0] if said else lines[0]}"
