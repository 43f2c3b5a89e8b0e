"""Labels and values in two columns."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tui_tuner.tui.look import facts

LONG = "layer_0_hyperparameter_of_width"


def lines(rows: list[tuple[str, str]], width: int) -> list[str]:
    return [line.plain for line in facts([*rows], width)]


def test_labels_have_what_the_values_leave() -> None:
    assert lines([(LONG, "6.808e-4"), ("b", "32")], 51) == [f"{LONG}  6.808e-4", f"b{' ' * 30}  32"]


@pytest.mark.parametrize("width", [20, 51])
def test_long_labels_leave_room_for_the_values(width: int) -> None:
    first, second = lines([(LONG * 2, "6.808e-4"), ("b", "sgd")], width)
    assert first.endswith("…  6.808e-4")
    assert cell_len(first) == width
    assert second.endswith("  sgd")


def test_beside_a_long_value_labels_have_a_half_at_most() -> None:
    first, second = lines([(LONG * 2, "1"), ("folder", "/home/ana/searches/titanic/trial_0001")], 60)
    assert first.index("1") == second.index("/") == 32


def test_labels_that_are_two_cells_wide_do_not_shift_the_values() -> None:
    first, second = lines([("学習率", "0.001"), ("units", "32")], 40)
    assert cell_len(first.partition("0.001")[0]) == cell_len(second.partition("32")[0]) == 8
