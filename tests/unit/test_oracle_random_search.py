from __future__ import annotations

import json
import pickle
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tui_tuner.oracles import Objective, RandomSearchOracle
from tui_tuner.oracles.exhaustion import configurations, may_be_endless
from tui_tuner.space import HyperParameters


def mixed_space() -> HyperParameters:
    hp = HyperParameters()
    hp.Choice("arch", ["small", "big"])
    hp.Boolean("bn")
    hp.Fixed("note", "x")
    hp.Float("lr", 1e-4, 1e-1, sampling="log")
    with hp.conditional_scope("arch", ["big"]):
        hp.Int("units", 4, 16, step=4)
    return hp


def titanic_space() -> HyperParameters:
    hp = HyperParameters()
    hp.Int("units", 8, 64, step=8)
    hp.Choice("learning_rate", [1e-2, 1e-3, 1e-4])
    return hp


def run(oracle: RandomSearchOracle, count: int) -> list[dict[str, Any]]:
    proposals = []
    for number in range(count):
        trial = oracle.create_trial("t")
        if trial.status != "RUNNING":
            break
        proposals.append(trial.hyperparameters.values)
        oracle.update_trial(trial.trial_id, {"score": number})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    return proposals


def make(space: HyperParameters, **kwargs: Any) -> RandomSearchOracle:
    return RandomSearchOracle(
        objective=Objective("score", "max"), hyperparameters=space, **{"max_trials": 30, **kwargs}
    )


def test_the_sequence_of_a_seed_is_keras_tuners() -> None:
    """The trials and the hashes of KerasTuner 1.4.8 with seed 7, taken from a run of it."""
    oracle = make(mixed_space(), seed=7)
    assert run(oracle, 6) == [
        {"arch": "small", "bn": False, "note": "x", "lr": 0.005178545352737759},
        {"arch": "small", "bn": False, "note": "x", "lr": 0.00020916336163036913},
        {"arch": "big", "bn": False, "note": "x", "lr": 0.0003497796911972416, "units": 12},
        {"arch": "big", "bn": False, "note": "x", "lr": 0.05951079539309144, "units": 12},
        {"arch": "small", "bn": True, "note": "x", "lr": 0.00021820842293838314},
        {"arch": "big", "bn": True, "note": "x", "lr": 0.00017071251145556437, "units": 12},
    ]
    state = oracle.get_state()
    assert state["seed_state"] == 34
    assert state["id_to_hash"] == {
        "00": "be665aa2f28f13a5e4d8b840fb417ba9",
        "01": "01a1fadb383dc746c4a2562c5d7f5d82",
        "02": "ca84f42a47a56ecc02c5ff4403873535",
        "03": "f74891506a19986c7eff8005939f69ba",
        "04": "0d229200d656e78c959edb9b025b24a0",
        "05": "b6ef3ab37dfced5c0ca3b978ae076446",
    }
    assert state["tried_so_far"] == sorted(state["id_to_hash"].values())


def test_the_sequence_goes_on_past_where_keras_tuner_gives_up() -> None:
    """KerasTuner stops here after 22 of 24 configurations."""
    proposals = run(make(titanic_space(), seed=7), 100)
    assert [(values["units"], values["learning_rate"]) for values in proposals[:6]] == [
        (24, 0.01), (32, 0.001), (64, 0.001), (40, 0.01), (48, 0.0001), (16, 0.0001),
    ]  # fmt: skip
    assert len({json.dumps(values) for values in proposals}) == 24


def test_the_state_is_keras_tuners(tmp_path: Path) -> None:
    oracle = make(titanic_space(), seed=0)
    oracle.set_project_dir(tmp_path, "project")
    run(oracle, 2)
    oracle.create_trial("tuner0")
    oracle.save()
    state = json.loads((tmp_path / "project" / "oracle.json").read_text())
    assert list(state) == [
        "written_by", "ongoing_trials", "hyperparameters", "start_order", "end_order", "run_times", "retry_queue",
        "seed", "seed_state", "tried_so_far", "id_to_hash", "display",
    ]  # fmt: skip
    assert state["ongoing_trials"] == {"tuner0": "02"}
    assert state["start_order"] == ["00", "01", "02"]
    assert state["end_order"] == ["00", "01"]
    assert state["run_times"] == {"00": 1, "01": 1}
    assert (state["seed"], state["seed_state"]) == (0, 6)
    assert sorted(path.parent.name for path in tmp_path.glob("project/*/trial.json")) == [
        "trial_00", "trial_01", "trial_02",
    ]  # fmt: skip


def test_only_changed_trials_are_written_again(tmp_path: Path) -> None:
    oracle = make(titanic_space(), seed=0)
    oracle.set_project_dir(tmp_path, "project")
    run(oracle, 2)
    oracle.save()
    (tmp_path / "project" / "trial_00" / "trial.json").unlink()
    run(oracle, 1)
    oracle.save()
    assert not (tmp_path / "project" / "trial_00" / "trial.json").exists()
    assert (tmp_path / "project" / "trial_02" / "trial.json").exists()


def test_a_finite_branch_of_an_endless_space_does_not_end_the_search() -> None:
    hp = HyperParameters()
    hp.Choice("kind", ["plain", "tuned"])
    with hp.conditional_scope("kind", ["tuned"]):
        hp.Float("rate", 0.0, 1.0)
    proposals = run(make(hp, seed=1, max_trials=None), 60)
    assert len({json.dumps(values) for values in proposals}) == 60


def test_a_rare_last_configuration_is_found() -> None:
    hp = HyperParameters()
    hp.Int("size", 1, 400, sampling="log")
    proposals = run(make(hp, seed=2, max_trials=None), 1000)
    assert sorted(values["size"] for values in proposals) == list(range(1, 401))


def test_a_sequence_whose_state_was_lost_goes_on_all_the_same() -> None:
    whole = run(make(mixed_space(), seed=3, max_trials=60), 60)
    first, second = make(mixed_space(), seed=3, max_trials=60), make(mixed_space(), seed=3, max_trials=60)
    run(first, 40)
    second.restore(list(first.trials.values()), {}, [])
    assert run(second, 20) == whole[40:]


def test_configurations_come_in_order_and_respect_conditions() -> None:
    hp = HyperParameters()
    hp.Choice("a", ["x", "y"])
    with hp.conditional_scope("a", ["y"]):
        hp.Int("b", 1, 2)
    hp.Boolean("c")
    assert list(configurations(hp)) == [
        {"a": "x", "c": False},
        {"a": "x", "c": True},
        {"a": "y", "b": 1, "c": False},
        {"a": "y", "b": 1, "c": True},
        {"a": "y", "b": 2, "c": False},
        {"a": "y", "b": 2, "c": True},
    ]
    assert not may_be_endless(hp)
    assert list(configurations(HyperParameters())) == [{}]


def test_a_continuous_range_is_filled_ever_more_densely() -> None:
    hp = HyperParameters()
    hp.Float("rate", 0.0, 1.0)
    assert may_be_endless(hp)
    values = sorted(found["rate"] for found in islice(configurations(hp), 50))
    gaps = [after - before for before, after in zip([0.0, *values], [*values, 1.0], strict=True)]
    assert len(set(values)) == 50
    assert max(gaps) < 0.06


@pytest.mark.parametrize("tune_new", [True, False])
def test_a_value_that_a_subclass_leaves_out_is_drawn(tune_new: bool) -> None:
    class Lazy(RandomSearchOracle):
        def populate_space(self, trial_id: str) -> dict[str, Any]:
            return {"status": "RUNNING", "values": {"units": 16}}

    oracles = [Lazy(objective="loss", hyperparameters=titanic_space(), seed=5, tune_new_entries=tune_new) for _ in "ab"]
    first, second = (oracle.create_trial("t").hyperparameters.values for oracle in oracles)
    assert first == second
    assert first["units"] == 16
    assert first["learning_rate"] in (1e-2, 1e-3, 1e-4)


def test_an_oracle_can_be_pickled_in_the_midst_of_what_is_left_of_a_space() -> None:
    oracle = RandomSearchOracle(
        objective=Objective("score", "min"), hyperparameters=titanic_space(), max_trials=50, seed=0
    )
    oracle._max_collisions = 0  # as if all draws were in vain: what is left is walked through
    begun = run(oracle, 20)
    again = pickle.loads(pickle.dumps(oracle))
    rest = run(again, 10)
    assert len(rest) == 4
    assert len({tuple(values.items()) for values in begun + rest}) == 24
    assert run(oracle, 10) == rest
