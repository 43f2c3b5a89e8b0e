"""Directories that the real KerasTuner wrote go on here, and directories written here go on in the real KerasTuner.

Each package begins a search of each kind, and goes on with those that the other began; see `support/four_searches.py`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support import four_searches
from support.four_searches import ASKED_FOR, BEGUN, HYPERBAND_TRIALS, KINDS, SKIPPED, WANTED, WISH

from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import SearchState, SearchView, TrialState
from tui_tuner.interop.keras_tuner_import import search_in

TUNERS = {
    "random": "RandomSearch",
    "bayesian": "BayesianOptimization",
    "grid": "GridSearch",
    "hyperband": "Hyperband",
}
CONFIG = """
model: {script}:build
data: {{sklearn: iris}}
search: {{tuner: random, objective: val_loss, max_trials: 2, seed: 1, directory: {folder}, project_name: config}}
fit: {{epochs: 2, batch_size: 64, validation_split: 0.2}}
run: {{executor: process, workers: 1}}
"""

Report = Mapping[str, Any]
"""By kind of search: the trials, the best one, and what its model predicts."""


@dataclass(frozen=True)
class Played:
    """What both packages began and saw.

    Args:
        theirs: Where KerasTuner began its searches and tui-tuner went on with them.
        ours: The other way round.
        untouched: The searches as KerasTuner began them.
    """

    theirs: Path
    ours: Path
    untouched: Path
    they_began: Report
    we_began: Report
    we_went_on: Report
    they_went_on: Report
    they_came_back: Report


def start(*arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, *arguments]
    return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def end(process: subprocess.Popen[str]) -> None:
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0, output


def play(package: str, action: str, *folders: Path) -> tuple[subprocess.Popen[str], Path]:
    said = folders[0].parent / f"{package}-{action}.json"
    script = four_searches.__file__
    return start(script, package, action, str(said), *map(str, folders)), said


def report(played: tuple[subprocess.Popen[str], Path]) -> Report:
    process, said = played
    end(process)
    seen: Report = json.loads(said.read_text(encoding="utf-8"))
    return seen


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("both_ways")
    theirs, ours, untouched = folder / "theirs", folder / "ours", folder / "untouched"
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(script=four_searches.__file__, folder=ours), encoding="utf-8")
    begun = play("keras_tuner", "begin", theirs), play("tui_tuner", "begin", ours)
    from_config = start("-m", "tui_tuner.cli", "run", str(config), "--headless")
    they_began, we_began = map(report, begun)
    end(from_config)
    shutil.copytree(theirs, untouched)
    we_went_on = report(play("tui_tuner", "go-on", theirs))
    they = report(play("keras_tuner", "go-on", ours, theirs))
    assert they["version"] == "1.4.8"
    return Played(
        theirs,
        ours,
        untouched,
        they_began["theirs"],
        we_began["ours"],
        we_went_on["theirs"],
        they["ours"],
        they["theirs"],
    )


def view(root: Path) -> SearchView:
    with search_in(root) as found:
        assert not found.problems
        reader = SearchReader(root, database=found.database)
        try:
            return reader.poll()
        finally:
            reader.close()


def ended(seen: Report) -> dict[str, float]:
    """The scores of the completed trials."""
    return {key: trial["score"] for key, trial in seen["trials"].items() if trial["status"] == "COMPLETED"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_directory_of_keras_tuner_can_be_looked_at(played: Played, kind: str) -> None:
    seen, began = view(played.untouched / kind), played.they_began[kind]
    assert seen.state is SearchState.STOPPED
    assert (seen.name, seen.tuner) == (kind, TUNERS[kind])
    assert (seen.objective.name, seen.objective.direction) == (
        ("val_certainty", "max") if kind == "hyperband" else ("val_loss", "min")
    )
    assert seen.best_trial_id == began["best"]
    assert {key: trial.score for key, trial in seen.trials.items()} == {
        key: trial["score"] for key, trial in began["trials"].items()
    }
    assert {key: dict(trial.hyperparameters) for key, trial in seen.trials.items()} == began["values"]
    assert [parameter.name for parameter in seen.space] == ["units", "deep", "more", "rate"]


def test_a_trial_that_keras_tuner_left_running_is_shown_as_interrupted(played: Played) -> None:
    assert view(played.untouched / "random").trials["2"].status is TrialState.INTERRUPTED


@pytest.mark.parametrize("kind", KINDS)
def test_a_script_goes_on_where_keras_tuner_stopped(played: Played, kind: str) -> None:
    began, went_on = played.they_began[kind], played.we_went_on[kind]
    assert went_on["found"] == began  # the best trials, and what the best model predicts, among it
    assert went_on["warnings"] == []
    assert ended(began).items() <= ended(went_on).items()
    assert len(ended(went_on)) == (HYPERBAND_TRIALS if kind == "hyperband" else WANTED)
    assert view(played.theirs / kind).state is SearchState.COMPLETED


@pytest.mark.parametrize("kind", KINDS)
def test_keras_tuner_opens_its_directory_again_after_us(played: Played, kind: str) -> None:
    went_on, came_back = played.we_went_on[kind], played.they_came_back[kind]
    assert ended(came_back["found"]) == ended(went_on)
    assert came_back["found"]["best"] == went_on["best"]
    assert came_back["found"]["prediction"] == went_on["prediction"]


@pytest.mark.parametrize("kind", KINDS)
def test_keras_tuner_opens_a_directory_of_ours(played: Played, kind: str) -> None:
    began, found = played.we_began[kind], played.they_went_on[kind]["found"]
    assert ended(found) == ended(began)
    assert found["best"] == began["best"]
    assert found["best_values"] == began["best_values"]
    assert found["prediction"] == began["prediction"]
    assert found["values"] == began["values"]


@pytest.mark.parametrize("kind", ["random", "bayesian", "hyperband"])
def test_keras_tuner_goes_on_where_we_stopped(played: Played, kind: str) -> None:
    """What a person asked for takes no place in Hyperband's brackets for KerasTuner either."""
    began, went_on = played.we_began[kind], played.they_went_on[kind]
    assert ended(began).items() <= ended(went_on).items()
    assert len(went_on["trials"]) == (HYPERBAND_TRIALS + 1 if kind == "hyperband" else WANTED)
    assert went_on["trials"].keys() - ended(went_on).keys() == ({SKIPPED} if kind == "bayesian" else set())


def test_keras_tuner_cannot_go_on_with_any_grid_but_opens_it_unharmed(played: Played) -> None:
    assert played.they_went_on["grid"]["trials"] == played.we_began["grid"]["trials"]
    assert len(played.they_went_on["grid"]["trials"]) == BEGUN < WANTED


@pytest.mark.parametrize("kind", ASKED_FOR)
def test_what_a_person_asked_for_is_nothing_that_keras_tuner_would_stumble_over(played: Played, kind: str) -> None:
    asked_for = ASKED_FOR[kind]
    assert played.we_began[kind]["values"][asked_for].items() >= WISH.items()
    assert played.they_went_on[kind]["found"]["values"][asked_for].items() >= WISH.items()
    assert view(played.ours / kind).trials[asked_for].hyperparameters.items() >= WISH.items()


def test_a_skipped_trial_is_nothing_that_keras_tuner_would_stumble_over(played: Played) -> None:
    assert played.we_began["bayesian"]["trials"][SKIPPED]["status"] == "STOPPED"
    assert played.they_went_on["bayesian"]["trials"][SKIPPED]["status"] == "INVALID"
    assert view(played.ours / "bayesian").trials[SKIPPED].status is TrialState.STOPPED


@pytest.mark.parametrize("kind", ["random", "bayesian", "hyperband"])
def test_what_keras_tuner_added_to_a_search_of_ours_is_seen(played: Played, kind: str) -> None:
    seen, went_on = view(played.ours / kind), played.they_went_on[kind]
    assert {key: trial.score for key, trial in seen.trials.items()} == {
        key: trial["score"] for key, trial in went_on["trials"].items()
    }
    assert seen.best_trial_id == went_on["best"]
    assert seen.detail.startswith("its script went on with it")


def test_keras_tuner_goes_on_with_the_search_of_a_config(played: Played) -> None:
    seen, went_on = view(played.ours / "config"), played.they_went_on["config"]
    assert ended(went_on["found"]) == {key: seen.trials[key].score for key in ("0", "1")}
    assert len(went_on["found"]["prediction"]) == 3
    assert len(ended(went_on)) == len(seen.trials) == WANTED
