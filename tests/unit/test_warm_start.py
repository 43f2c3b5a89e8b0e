"""Searches that begin with what earlier ones found."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import optuna
import pytest
from support.keras_tuner_files import Written, write_project

from tui_tuner.configs.assemble import open_search
from tui_tuner.configs.load import load_config
from tui_tuner.configs.warm_start import earlier_trials
from tui_tuner.engine.earlier_trials import WARM_START, as_json, read_earlier, stored_earlier
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import Objective, SearchView, TrialState
from tui_tuner.errors import TunerError
from tui_tuner.oracles import Objective as OracleObjective
from tui_tuner.oracles import Oracle, TrialStatus, create_oracle
from tui_tuner.oracles.constraints import Constraint
from tui_tuner.oracles.earlier import EarlierTrial, best_first, fitting
from tui_tuner.oracles.explanation import Reason
from tui_tuner.space import HyperParameters


def space() -> HyperParameters:
    hp = HyperParameters()
    for name in "abcd":
        hp.Float(name, 0.0, 1.0)
    hp.Choice("kind", ["x", "y", "z"])
    return hp


def error(values: dict[str, float | str], moved: float = 0.0) -> float:
    wanted = {"a": 0.83, "b": 0.21, "c": 0.64, "d": 0.12}
    total = sum((float(values[name]) - best - moved) ** 2 for name, best in wanted.items())
    return total + {"x": 0.3, "y": 0.0, "z": 0.2}[str(values["kind"])]


def make(seed: int, earlier: tuple[EarlierTrial, ...] = (), hp: HyperParameters | None = None) -> Oracle:
    oracle = create_oracle(
        "bayesian",
        objective=OracleObjective("error", "min"),
        hyperparameters=hp or space(),
        seed=seed,
        max_trials=100,
    )
    oracle.earlier = earlier
    return oracle


def run(oracle: Oracle, trials: int, moved: float = 0.0) -> float:
    for _ in range(trials):
        trial = oracle.create_trial("a")
        oracle.update_trial(trial.trial_id, {"error": error(trial.hyperparameters.values, moved)})
        trial.status = TrialStatus.COMPLETED
        oracle.end_trial(trial)
    return min(trial.score or 0.0 for trial in oracle.trials.values())


def found_by(oracle: Oracle) -> tuple[EarlierTrial, ...]:
    return tuple(EarlierTrial(trial.hyperparameters.values, trial.score) for trial in oracle.trials.values())


def test_the_best_is_tried_first_and_the_model_knows_the_rest() -> None:
    before = make(7)
    best_before = run(before, 25)
    oracle = make(1, found_by(before))
    first = oracle.create_trial("a")
    assert first.hyperparameters.values == pytest.approx(before.get_best_trials(1)[0].hyperparameters.values)
    assert first.why is not None
    assert first.why.reason is Reason.INITIAL
    third = [oracle.create_trial(slot) for slot in "bc"][-1]
    assert third.why is not None
    assert third.why.mean is not None  # from the model, without one result of this search
    assert error(third.hyperparameters.values) < 3.0 * best_before + 0.05


def test_what_is_tried_first_keeps_to_the_constraints_as_far_as_is_known() -> None:
    values = [{"a": number / 10, "b": 0.5, "c": 0.5, "d": 0.5, "kind": "x"} for number in range(5)]
    sizes: list[dict[str, float]] = [{"size": 50.0}, {"size": 30.0}, {"size": 9.0}, {}, {"size": 40.0}]
    earlier = [EarlierTrial(values[number], float(number), size) for number, size in enumerate(sizes)]
    oracle = make(1, tuple(earlier))
    oracle.constraints = (Constraint.parse("size <= 10"),)
    begun = [oracle.create_trial(slot).hyperparameters.values["a"] for slot in "ab"]
    assert begun == [0.2, 0.3]
    order = best_first(fitting(earlier, space()), "min", oracle.constraints)
    assert [trial.score for trial, _ in order] == [2.0, 3.0, 1.0, 4.0, 0.0]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_search_of_moved_data_is_better_for_it(seed: int) -> None:
    """The earlier optimum lies elsewhere, by a tenth of each scale."""
    before = make(100 + seed)
    run(before, 25)
    assert run(make(seed, found_by(before)), 8, moved=0.1) < 0.5 * run(make(seed), 8, moved=0.1)


def test_what_was_wrong_before_is_unlearnt() -> None:
    """Earlier scores that say the opposite do not keep the search from its optimum."""
    before = make(7)
    run(before, 20)
    opposite = tuple(EarlierTrial(each.values, 2.0 - (each.score or 0.0)) for each in found_by(before))
    assert run(make(1, opposite), 40) < 0.05


def test_only_what_fits_the_present_space_counts() -> None:
    now = HyperParameters()
    now.Float("a", 0.0, 0.5)
    now.Choice("kind", ["y", "z"])
    now.Int("new", 1, 9, default=4)
    earlier = [
        EarlierTrial({"a": 0.25, "kind": "y", "gone": 3}, 2.0),
        EarlierTrial({"a": 0.75, "kind": "y"}, 0.0),
        EarlierTrial({"a": 0.25, "kind": "x"}, 0.0),
        EarlierTrial({"a": 0.5, "kind": "z"}, 1.0),
        EarlierTrial({"gone": 3}, 0.0),
        EarlierTrial({"a": 0.1, "kind": "z"}, None),
    ]
    fitted = fitting(earlier, now)
    assert [values for _, values in fitted] == [
        {"a": 0.25, "kind": "y", "new": 4},
        {"a": 0.5, "kind": "z", "new": 4},
        {"a": 0.1, "kind": "z", "new": 4},
    ]
    assert [trial.score for trial, _ in best_first(fitted, "min")] == [1.0, 2.0]
    assert [trial.score for trial, _ in best_first(fitted, "max")] == [2.0, 1.0]


def test_a_search_begun_so_goes_on_as_if_nothing_had_happened() -> None:
    before = make(7)
    run(before, 12)
    whole = make(1, found_by(before))
    run(whole, 9)
    first = make(1, found_by(before))
    run(first, 4)
    second = make(1, found_by(before))
    second.restore(list(first.trials.values()), json.loads(json.dumps(first.own_state())))
    run(second, 5)
    values = [[trial.hyperparameters.values for trial in oracle.trials.values()] for oracle in (whole, second)]
    assert values[0] == values[1]


def earlier_search(root: Path, name: str = "val_loss") -> Path:
    root.mkdir(parents=True)
    store = Store(root / "search.db")
    with store.transaction():
        store.set_meta(name="s", objective={"name": name, "direction": "min"})
        rows = [
            TrialRow("0", 0, TrialState.COMPLETED, {"units": 64, "learning_rate": 0.01}, 0.25, metrics={"loss": 0.5}),
            TrialRow("1", 1, TrialState.FAILED, {"units": 32}),
            TrialRow("2", 2, TrialState.STOPPED, {"units": 96}, 0.1),
            TrialRow("3", 3, TrialState.COMPLETED, {"units": 8}, 0.3, rerun_of="0"),
            TrialRow("4", 4, TrialState.COMPLETED, {"units": 8, "tuner/epochs": 3}, 0.4),
            TrialRow("5", 5, TrialState.COMPLETED, {"units": 16, "tuner/epochs": 9, "tuner/trial_id": "4"}, 0.35),
        ]
        for row in rows:
            store.trial(row)
    store.close()
    return root


def test_whole_trainings_and_failures_are_read(tmp_path: Path) -> None:
    read = read_earlier(earlier_search(tmp_path / "a"), Objective("val_loss", "min"))
    assert read == (
        EarlierTrial({"units": 64, "learning_rate": 0.01}, 0.25, {"loss": 0.5}),
        EarlierTrial({"units": 32}, None),
        EarlierTrial({"units": 16}, 0.35),
    )


def test_what_a_search_was_begun_with_is_read_as_it_was_numbers_that_json_lacks_too(tmp_path: Path) -> None:
    earlier = (
        EarlierTrial({"units": 64}, 0.25, {"loss": 0.5}),
        EarlierTrial({"units": 32}, None),
        EarlierTrial({"units": 16}, math.inf, {"loss": -math.inf}),
    )
    store = Store(tmp_path / "search.db")
    with store.transaction():
        store.set_meta(**{WARM_START: as_json(earlier)})
    store.close()
    assert stored_earlier(tmp_path / "search.db") == earlier


def test_a_search_for_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TunerError, match="was for the min of loss, and this one is for the min of val_loss"):
        read_earlier(earlier_search(tmp_path / "a", "loss"), Objective("val_loss", "min"))
    with pytest.raises(TunerError, match="no search here"):
        read_earlier(tmp_path / "nowhere", Objective("val_loss", "min"))


def test_the_key_is_named_where_its_directory_is_no_search(tmp_path: Path) -> None:
    with pytest.raises(TunerError) as told:
        earlier_trials([tmp_path / "nowhere"], Objective("val_loss", "min"))
    assert told.value.message.startswith(f"search.warm_start: {tmp_path / 'nowhere'}: no search here")


def test_what_other_tools_have_run_is_taken_too(tmp_path: Path) -> None:
    theirs = write_project(tmp_path / "theirs", [Written("0", 1.0), Written("1", 0.5)])
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(storage=f"sqlite:///{tmp_path / 'o.db'}", study_name="s")  # its objective has no name
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    found = earlier_trials([theirs, tmp_path / "o.db"], Objective("val_loss", "min"))
    assert [trial.score for trial in found] == [1.0, 0.5, *(trial.value for trial in study.trials)]
    assert [trial.values for trial in found[2:]] == [trial.params for trial in study.trials]
    with pytest.raises(TunerError, match="this one is for the max"):
        earlier_trials([tmp_path / "o.db"], Objective("val_accuracy", "max"))


def view_of(root: Path) -> SearchView:
    reader = SearchReader(root)
    try:
        return reader.poll()
    finally:
        reader.close()


def test_a_config_begins_with_one_and_does_not_need_it_any_more_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With real trainings of one epoch on a few rows, in this process."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "search.yaml").write_text(
        "model: dense\n"
        "data: {sklearn: iris}\n"
        "fit: {epochs: 1, batch_size: 128}\n"
        "search: {warm_start: searches/before, max_trials: 1, seed: 1}\n"
        "run: {executor: inline}\n"
    )
    earlier_search(tmp_path / "searches" / "before")
    loop = open_search(load_config("search.yaml"))
    loop.run()
    shutil.rmtree(tmp_path / "searches" / "before")
    loop = open_search(load_config("search.yaml", ["search.max_trials=2"]))
    loop.run()
    view = view_of(loop.spec.directory.root)
    assert view.state.value == "completed", view.detail
    assert len(loop.spec.earlier) == 3
    first, second = view.trials.values()
    assert first.hyperparameters["learning_rate"] == 0.01
    assert first.reason == "initial"
    assert second.reason in ("exploit", "explore")  # the model knows of the earlier trial, too
