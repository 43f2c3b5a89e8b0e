"""JSON as `search.db` holds it: strict, so that SQLite's own JSON functions can read it.

NaN and the infinities have no place in JSON; they are written as the strings `"NaN"`, `"Infinity"` and `"-Infinity"`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

_LONE_SURROGATES = re.compile("[\ud800-\udfff]")
_SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def dump(value: Any) -> str:
    """Write a JSON value in one line; a float that is not finite becomes a string."""
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    except ValueError:
        text = json.dumps(_finite(value), allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return storable(text)


def storable(text: str) -> str:
    """`text` as a database can hold it: lone surrogates, as odd file names bring them, become U+FFFD."""
    return text if text.isascii() else _LONE_SURROGATES.sub("\ufffd", text)


def load(text: str) -> Any:
    """Read what `dump` wrote. Strings stay strings: use `load_metrics` where numbers are expected."""
    return json.loads(text)


def number(text: str) -> float:
    """The number that is not finite, of which `dump` made a string."""
    return _SPECIAL[text]


def load_numbers(text: str) -> tuple[float, ...]:
    """Read a list of numbers, with NaN and the infinities restored."""
    loaded: list[Any] = json.loads(text)
    return tuple(_SPECIAL[value] if isinstance(value, str) else float(value) for value in loaded)


def load_metrics(text: str) -> dict[str, float]:
    """Read a mapping of metric name to number, with NaN and the infinities restored."""
    loaded: dict[str, Any] = json.loads(text)
    return {name: _SPECIAL[value] if isinstance(value, str) else float(value) for name, value in loaded.items()}


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
