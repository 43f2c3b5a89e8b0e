"""Numbers, durations and sizes as people read them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_tuner.analysis.formatting import (
    format_bytes,
    format_count,
    format_duration,
    format_metric,
    format_number,
    format_objective,
    format_status,
    format_value,
)
from tui_tuner.engine.view import TrialState


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "—"),
        (0.0, "0"),
        (-0.0, "0"),
        (0.86214, "0.8621"),
        (0.01, "0.01"),
        (0.001, "0.001"),
        (0.0001, "1e-4"),
        (0.00012345, "1.234e-4"),
        (0.00099999, "0.001"),
        (1.0, "1"),
        (48.0, "48"),
        (123.456, "123.5"),
        (123456.7, "123457"),
        (999999.9, "1e6"),
        (1234567.0, "1.235e6"),
        (-2.5e-9, "-2.5e-9"),
        (1e30, "1e30"),
        (math.nan, "nan"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
    ],
)
def test_a_setting_has_four_significant_digits_and_no_trailing_zeros(value: float | None, expected: str) -> None:
    assert format_number(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.86, "0.8600"), (1.0, "1.000"), (0.9999999, "1.000"), (12.3, "12.30"), (1e-4, "1.000e-4"), (None, "—")],
)
def test_a_measurement_keeps_its_trailing_zeros(value: float | None, expected: str) -> None:
    assert format_metric(value) == expected


@given(st.floats(min_value=-1e300, max_value=1e300))
def test_every_finite_number_is_short_and_within_four_digits_of_itself(value: float) -> None:
    text = format_number(value)
    assert len(text) <= 12
    assert float(text) == pytest.approx(value, rel=6e-4, abs=5e-324)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, "True"), (1234567, "1234567"), (0.0001, "1e-4"), ("[red]\x1b[31mx", "[red]x"), (None, "—")],
)
def test_values_are_shown_exactly_and_cleaned(value: bool | int | float | str | None, expected: str) -> None:
    assert format_value(value) == expected


def test_a_long_value_is_cut_with_an_ellipsis() -> None:
    assert format_value("x" * 300, 8) == "xxxxxxx…"


@pytest.mark.parametrize(
    ("seconds", "coarse", "fine"),
    [
        (None, "—", "—"),
        (math.nan, "—", "—"),
        (-3.0, "0 s", "0.00 s"),
        (0.42, "0 s", "0.42 s"),
        (0.999, "0 s", "1.0 s"),
        (8.24, "8 s", "8.2 s"),
        (9.97, "9 s", "10 s"),
        (59.9, "59 s", "1 min 00 s"),
        (185.0, "3 min 05 s", "3 min 05 s"),
        (7620.0, "2 h 07 min", "2 h 07 min"),
        (360_000.0, "4 d 04 h", "4 d 04 h"),
    ],
)
def test_durations_are_shown_in_their_two_largest_units(seconds: float | None, coarse: str, fine: str) -> None:
    assert format_duration(seconds) == coarse
    assert format_duration(seconds, fine=True) == fine


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (None, "—"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.00 KiB"),
        (14_950, "14.6 KiB"),
        (5e8, "477 MiB"),
        (2e18, "1818989 TiB"),
    ],
)
def test_sizes_have_binary_units(size: float | None, expected: str) -> None:
    assert format_bytes(size) == expected


def test_counts_have_separated_thousands_and_agree_with_their_noun() -> None:
    assert format_count(10_000) == "10,000"
    assert format_count(1, "trial") == "1 trial"
    assert format_count(0, "trial") == "0 trials"
    assert format_count(2, "entry", "entries") == "2 entries"


def test_every_status_has_a_word() -> None:
    words = {format_status(status) for status in TrialState}
    assert len(words) == len(TrialState)
    assert all(len(word) <= 9 for word in words)


def test_a_number_of_parameters_is_a_count_and_other_objectives_are_measurements() -> None:
    assert format_objective("parameters", 19155.0) == "19,155"
    assert format_objective("val_loss", 0.25) == "0.2500"
    assert format_objective("parameters", float("nan")) == "nan"
    assert format_objective("parameters", None) == format_metric(None)
