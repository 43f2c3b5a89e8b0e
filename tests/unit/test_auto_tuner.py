"""`search.tuner: auto`: what is chosen, from what, and that a search keeps to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.oracle_runs import conditional_space, continuous_space, finite_space
from support.tasks import task_in

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.events import TunerChosen
from tui_tuner.engine.journal import Journal
from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.spec import AUTO, SearchSpec
from tui_tuner.engine.view import Objective, SearchView
from tui_tuner.executors.inline import InlineExecutor
from tui_tuner.headless.lines import line
from tui_tuner.oracles import Objective as OracleObjective
from tui_tuner.oracles import Oracle
from tui_tuner.oracles.auto import AutoOracle
from tui_tuner.oracles.choosing import Choice, Circumstances, choose
from tui_tuner.space import HyperParameters
from tui_tuner.worker.simulated import SimulatedRunner


def very_large_space() -> HyperParameters:
    hp = HyperParameters()
    for number in range(120):
        hp.Float(f"x{number}", 0.0, 1.0)
    return hp


@pytest.mark.parametrize(
    ("space", "circumstances", "tuner", "why"),
    [
        (finite_space, Circumstances(24, 1), "grid", "the space has 24 configurations, and up to 24 can be tried"),
        (finite_space, Circumstances(23, 1), "bayesian", "a model can learn from 23 trials, 1 at a time"),
        (conditional_space, Circumstances(10, 8), "grid", "the space has 9 configurations, and up to 10 can be tried"),
        (HyperParameters, Circumstances(5, 1), "grid", "the space has one configuration, and up to 5 can be tried"),
        (
            continuous_space,
            Circumstances(47, 16),
            "sobol",
            "16 of 47 trials run at once: most begin before there are results",
        ),
        (
            very_large_space,
            Circumstances(500, 4),
            "evolution",
            "120 hyperparameters are too many for a model of them",
        ),
        (continuous_space, Circumstances(48, 16, 27), "bayesian", "a model can learn from 48 trials, 16 at a time"),
        (continuous_space, Circumstances(10, 2, 8), "bayesian", "a model can learn from 10 trials, 2 at a time"),
        (continuous_space, Circumstances(10, 2, 27, goes_on=False), "bayesian", "a model can learn from 10 trials"),
        (
            continuous_space,
            Circumstances(10, 2, 27),
            "asha",
            "the 270 epochs of 10 whole trainings say more as 134 trials, most of them short",
        ),
    ],
)
def test_it_follows_from_space_budget_workers_and_epochs(
    space: Any, circumstances: Circumstances, tuner: str, why: str
) -> None:
    choice = choose(space(), circumstances)
    assert choice.tuner == tuner
    assert choice.why.startswith(why)


def test_as_many_epochs_are_spent_whatever_is_chosen() -> None:
    choice = choose(continuous_space(), Circumstances(10, 2, 27))
    # 27 new trials of 1 epoch, 9 of 2 more, 3 of 6 more and 1 of 18 more: 81 epochs in 40 trials.
    assert choice.trials_per_training == pytest.approx(27 / (81 / 40))
    assert Choice.from_json(json.loads(json.dumps(choice.to_json()))) == choice


class Bench:
    """A search of a simulated space that chooses its tuner."""

    def __init__(self, root: Path, sizes: int = 1000, max_trials: int = 6, epochs: int = 2) -> None:
        self.root = root
        self.max_trials = max_trials
        self.epochs = epochs
        values = [8 * number for number in range(1, sizes + 1)]
        config = {"name": "units", "default": 8, "conditions": [], "values": values, "ordered": True}
        self.space = {"space": [{"class_name": "Choice", "config": config}], "values": {}}

    def loop(self) -> SearchLoop:
        task = task_in(self.root, model="simulated:" + json.dumps({"space": self.space}), fit={"epochs": self.epochs})
        spec = SearchSpec(
            SearchDirectory(self.root), "bench", AUTO, Objective("val_loss", "min"), self.max_trials, epochs=self.epochs
        )
        return SearchLoop(spec, self.oracle, lambda: InlineExecutor(SimulatedRunner(task)))

    def oracle(self) -> Oracle:
        return AutoOracle(
            self.epochs, True, objective=OracleObjective("val_loss", "min"), max_trials=self.max_trials, seed=3
        )

    def view(self) -> SearchView:
        reader = SearchReader(self.root)
        try:
            return reader.poll()
        finally:
            reader.close()

    def values(self) -> list[Any]:
        return [trial.tuned["units"] for trial in self.view().trials.values()]


def test_a_search_chooses_once_its_space_is_known_and_says_why(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.loop().run()
    view = bench.view()
    assert (view.tuner, view.tuner_why) == ("bayesian", "a model can learn from 6 trials, 1 at a time")
    assert len(view.trials) == view.max_trials == 6
    assert [trial.reason for trial in view.trials.values()][:5] == ["initial"] * 5
    journal = Journal(tmp_path, after=0)
    told = [line(entry, view) for entry in journal.new() if entry.kind == TunerChosen.kind]
    journal.close()
    assert told == ["tuner: bayesian, because a model can learn from 6 trials, 1 at a time"]


def test_a_space_that_fits_the_budget_is_tried_whole(tmp_path: Path) -> None:
    bench = Bench(tmp_path, sizes=5)
    bench.loop().run()
    assert bench.view().tuner == "grid"
    assert bench.values() == [8, 16, 24, 32, 40]


@pytest.mark.parametrize("after", [0, 1, 4])
def test_a_search_that_was_cut_off_keeps_to_its_choice_and_goes_on_as_if_nothing_had_happened(
    tmp_path: Path, after: int
) -> None:
    whole = Bench(tmp_path / "whole")
    whole.loop().run()
    bench = Bench(tmp_path / "cut")
    loop = bench.loop()
    loop.run(released=lambda: len(bench.view().trials) > after if (bench.root / "search.db").exists() else False)
    loop._finish(bench.view().state, "cut off")
    bench.loop().run()
    assert bench.values() == whole.values()
    assert (bench.view().tuner, bench.view().tuner_why) == (whole.view().tuner, whole.view().tuner_why)


def test_more_trials_on_a_resume_do_not_change_the_choice(tmp_path: Path) -> None:
    bench = Bench(tmp_path, sizes=10)
    bench.loop().run()
    assert bench.view().tuner == "bayesian"
    bench.max_trials = 10  # all of them: the choice would be another one now
    bench.loop().run()
    view = bench.view()
    assert (view.tuner, view.max_trials, len(view.trials)) == ("bayesian", 10, 10)


def test_a_choice_of_many_short_trials_counts_the_budget_in_whole_trainings(tmp_path: Path) -> None:
    bench = Bench(tmp_path, epochs=9, max_trials=3)
    bench.loop().run()
    view = bench.view()
    assert view.tuner == "asha"
    assert len(view.trials) == view.max_trials == 17
    epochs = sum(
        (trial.planned_epochs or 0) - int(trial.hyperparameters["tuner/initial_epoch"])
        for trial in view.trials.values()
    )
    assert 0.6 * 3 * 9 <= epochs <= 1.4 * 3 * 9
    loop = bench.loop()
    loop.run()
    assert bench.view().max_trials == 17
    assert len(bench.view().trials) == 17
