"""An oracle gets its memory back from the rows of `search.db`."""

from __future__ import annotations

from tui_tuner.engine.resume import restore_oracle
from tui_tuner.engine.store import TrialRow
from tui_tuner.engine.view import TrialState
from tui_tuner.oracles import Objective, create_oracle
from tui_tuner.space import HyperParameters


def space() -> HyperParameters:
    hp = HyperParameters()
    hp.Int("units", 1, 50)
    hp.values = {}
    return hp


def row(number: int, status: TrialState = TrialState.COMPLETED, origin: str = "", of: str | None = None) -> TrialRow:
    return TrialRow(
        trial_id=f"{number:02}",
        number=number,
        status=status,
        hyperparameters={"units": number + 1},
        score=number / 10,
        best_epoch=2,
        ended=float(number),
        metrics={"score": number / 10, "val_accuracy": 0.5, "time": 3.0},
        origin=origin,
        rerun_of=of,
    )


def test_trials_come_back_with_their_results_and_their_origin() -> None:
    first = create_oracle("random", objective=Objective("score", "max"), hyperparameters=space(), seed=1)
    first.limit("units", min_value=20)
    first.enqueue({"units": 7})
    oracle = create_oracle("random", objective=Objective("score", "max"), seed=1)
    rows = [row(0), row(1, origin="by hand"), row(2, origin="rerun", of="00"), row(3, TrialState.INTERRUPTED)]
    restore_oracle(oracle, rows, space().get_config(), first.own_state())
    assert [(trial.origin, trial.rerun_of) for trial in oracle.trials.values()] == [
        ("", None),
        ("by hand", None),
        ("rerun", "00"),
        ("", None),
    ]
    assert [trial.trial_id for trial in oracle.get_best_trials(3)] == ["02", "01", "00"]
    metrics = oracle.get_trial("02").metrics
    assert metrics.get_best_value("score") == 0.2
    assert [metrics.get_direction(name) for name in ("score", "val_accuracy", "time")] == ["max", "max", "min"]
    handed_out = [oracle.create_trial(slot) for slot in "abc"]
    assert [trial.trial_id for trial in handed_out] == ["03", "04", "05"]
    assert handed_out[1].hyperparameters.values == {"units": 7}
    assert handed_out[2].hyperparameters.values["units"] >= 20


def test_trials_that_come_back_do_not_share_what_they_find() -> None:
    oracle = create_oracle("random", objective=Objective("score", "max"), seed=1)
    restore_oracle(oracle, [row(0), row(1)], space().get_config(), {})
    one, other = (oracle.get_trial(key).hyperparameters for key in ("00", "01"))
    one.Boolean("bias")
    with one.conditional_scope("bias", [False]):
        one.Float("units", 0.0, 1.0)
    assert [hp.name for hp in one.space] == ["units", "bias", "units"]
    assert [hp.name for hp in other.space] == [hp.name for hp in oracle.get_space().space] == ["units"]
    other.values["bias"] = False
    assert [hps.is_active("bias") for hps in (one, other)] == [True, False]
    assert (one.values["units"], other.values["units"]) == (1, 2)
