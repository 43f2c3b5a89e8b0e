"""Numbers, durations and sizes as people read them. One style for the app, the command line and summaries.

Numbers have four significant digits: plain from `0.001` up to `999999`, with an exponent outside (`1e-4`, `1.234e6`).
A setting is shown without trailing zeros (`0.01`), a measurement with them (`0.8600`), so that a column lines up.
"""

from __future__ import annotations

import math

from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.view import Scalar, SearchState, TrialState
from tui_tuner.engine.wording import format_count as format_count

NOTHING = "—"
"""Stands where there is no value."""

SIGNIFICANT = 4


def format_number(value: float | None, digits: int = SIGNIFICANT) -> str:
    """A setting or a count in four significant digits without trailing zeros; `—` for `None`, `nan`, `inf`, `-inf`.

    Args:
        digits: Another number of significant digits, where four do not tell values apart.
    """
    return _format(value, keep_zeros=False, digits=digits)


def format_metric(value: float | None) -> str:
    """A measurement in four significant digits with its trailing zeros: `0.8600`; otherwise as `format_number`."""
    return _format(value, keep_zeros=True)


def format_objective(name: str, value: float | None) -> str:
    """A value of a named objective: a number of parameters as `19,155`, else as `format_metric`."""
    if name == "parameters" and value is not None and math.isfinite(value):
        return f"{value:,.0f}"
    return format_metric(value)


def format_spread(value: float | None) -> str:
    """A standard deviation in two significant digits: `0.0043`."""
    return format_number(value if value is None or not math.isfinite(value) else float(f"{value:.1e}"))


def _format(value: float | None, *, keep_zeros: bool, digits: int = SIGNIFICANT) -> str:
    if value is None:
        return NOTHING
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if value == 0:
        return "0"
    mantissa, exponent_text = f"{value:.{digits - 1}e}".split("e")
    exponent = int(exponent_text)
    if -3 <= exponent < 6:
        return _trim(f"{value:.{max(0, digits - 1 - exponent)}f}", keep_zeros)
    return f"{_trim(mantissa, keep_zeros)}e{exponent}"


def _trim(digits: str, keep_zeros: bool) -> str:
    return digits if keep_zeros or "." not in digits else digits.rstrip("0").rstrip(".")


def format_value(value: Scalar | None, width: int | None = None) -> str:
    """A hyperparameter's value: integers in full, floats by `format_number`, text cleaned.

    Args:
        width: Cut to so many terminal cells.
    """
    if value is None:
        text = NOTHING
    elif isinstance(value, float):
        text = format_number(value)
    else:
        text = clean(str(value))
    return text if width is None else truncate(text, width)


def format_duration(seconds: float | None, *, fine: bool = False) -> str:
    """A time span in its two largest units: `42 s`, `3 min 05 s`, `2 h 07 min`, `4 d 03 h`.

    Args:
        fine: Show fractions of a second below ten seconds: `0.42 s`, `8.2 s`.
    """
    if seconds is None or not math.isfinite(seconds):
        return NOTHING
    seconds = max(0.0, seconds)
    if fine and seconds < 9.95:
        return f"{seconds:.2f} s" if seconds < 0.995 else f"{seconds:.1f} s"
    whole = round(seconds) if fine else int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86_400} d {whole % 86_400 // 3600:02d} h"


def format_age(seconds: float | None) -> str:
    """How long ago something was, in one unit: `now`, `5 min ago`, `3 h ago`, `4 d ago`."""
    if seconds is None or not math.isfinite(seconds):
        return NOTHING
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{int(seconds // size):,} {unit} ago"
    return "now"


def format_share(share: float) -> str:
    """A part of a whole in whole percent: `38 %`, `< 1 %`."""
    percent = share * 100
    return "< 1 %" if 0 < percent < 0.5 else f"{round(percent)} %"


def format_bytes(size: float | None) -> str:
    """A size in memory or on disk: `512 B`, `14.6 KiB`, `1.20 GiB`."""
    if size is None or not math.isfinite(size):
        return NOTHING
    if abs(size) < 1024:
        return f"{size:.0f} B"
    for unit in ("KiB", "MiB", "GiB", "TiB"):
        size /= 1024
        if abs(size) < 999.5 or unit == "TiB":
            break
    return f"{size:.{2 if abs(size) < 9.995 else 1 if abs(size) < 99.95 else 0}f} {unit}"


_STATUS_WORDS = {
    TrialState.RUNNING: "running",
    TrialState.INVALID: "to retry",
    TrialState.STOPPED: "stopped",
    TrialState.COMPLETED: "completed",
    TrialState.FAILED: "failed",
    TrialState.INTERRUPTED: "cut off",
}


def format_status(status: TrialState) -> str:
    """A trial's status in a word or two."""
    return _STATUS_WORDS[status]


def format_state(state: SearchState) -> str:
    """A search's state in a word."""
    return state.value
