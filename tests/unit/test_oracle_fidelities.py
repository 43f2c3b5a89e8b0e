"""What trials of few epochs tell a model of whole trainings."""

from __future__ import annotations

import math

import pytest

from tui_tuner.oracles import Trial, TrialStatus
from tui_tuner.oracles.fidelities import fidelity_of, outcomes_by_stage
from tui_tuner.oracles.stages import Stage
from tui_tuner.space import HyperParameters


def trials(*rows: tuple[Stage | None, str, float | None]) -> dict[str, Trial]:
    made = {}
    for number, (stage, status, score) in enumerate(rows):
        hp = HyperParameters()
        hp.values = {} if stage is None else stage.values()
        trial = Trial(hp, trial_id=str(number), status=TrialStatus(status))
        trial.score = score
        made[trial.trial_id] = trial
    return made


def outcomes(made: dict[str, Trial], direction: str = "min") -> list[tuple[str, float | None, float]]:
    found = outcomes_by_stage(made, direction, max_epochs=9)
    return [(each.trial_id, each.value, round(each.fidelity, 3)) for each in found]


DONE = TrialStatus.COMPLETED


def test_fidelity_grows_with_the_logarithm_of_the_epochs() -> None:
    assert [fidelity_of(epochs, 9) for epochs in (1, 3, 9)] == pytest.approx([0.0, 0.5, 1.0])
    assert fidelity_of(1, 1) == fidelity_of(0, 1) == 1.0


def test_each_stage_is_an_outcome_of_the_gain_that_others_had_from_there() -> None:
    made = trials(
        (Stage(1, 0, 2, 0), DONE, 3.0),
        (Stage(1, 0, 2, 0), DONE, 4.0),
        (Stage(1, 0, 2, 0), DONE, 5.0),
        (Stage(3, 1, 2, 1, "0"), DONE, 2.5),
        (Stage(3, 1, 2, 1, "1"), DONE, 2.0),
        (Stage(9, 3, 2, 2, "4"), DONE, 1.0),
    )
    gain = -(0.5 + 2.0) / 2  # from 1 epoch to 3; then -1 to 9
    assert outcomes(made) == [
        ("0", 3.0 + gain - 1.0, 0.0),
        ("1", 4.0 + gain - 1.0, 0.0),
        ("2", 5.0 + gain - 1.0, 0.0),
        ("3", 1.5, 0.5),
        ("4", 1.0, 0.5),
        ("5", 1.0, 1.0),
    ]


def test_what_continues_a_trial_keeps_the_best_of_both() -> None:
    made = trials((Stage(3, 0, 2, 1), DONE, 3.0), (Stage(9, 3, 2, 2, "0"), DONE, 4.0))
    assert outcomes(made) == [("0", 3.0, 0.5), ("1", 3.0, 1.0)]
    assert outcomes(made, "max") == [("0", -4.0, 0.5), ("1", -4.0, 1.0)]


def test_where_nobody_went_on_all_are_set_off_by_their_medians() -> None:
    made = trials(*((Stage(1, 0, 2, 0), DONE, score) for score in (5.0, 6.0, 8.0)), (Stage(9, 0, 2, 2), DONE, 2.0))
    assert [value for _, value, _ in outcomes(made)] == [1.0, 2.0, 4.0, 2.0]


def test_running_trials_are_not_known_yet_and_failures_are() -> None:
    found = outcomes(
        trials(
            (Stage(1, 0, 2, 0), TrialStatus.RUNNING, None),
            (Stage(1, 0, 2, 0), TrialStatus.FAILED, None),
            (Stage(1, 0, 2, 0), DONE, 1.0),
            (Stage(3, 1, 2, 1, "2"), TrialStatus.FAILED, None),
            (Stage(3, 1, 2, 1, "2"), TrialStatus.STOPPED, 0.1),
        )
    )
    assert [(trial_id, value) for trial_id, value, _ in found if value is None or math.isfinite(value)] == [
        ("0", None),
        ("2", 1.0),
    ]
    assert [trial_id for trial_id, value, _ in found if value is not None and math.isnan(value)] == ["1", "3"]
    assert len(found) == 4  # nobody knows how much the stopped one would have come to


def test_a_trial_without_a_stage_is_a_whole_training() -> None:
    assert outcomes(trials((None, DONE, 1.0))) == [("0", 1.0, 1.0)]
