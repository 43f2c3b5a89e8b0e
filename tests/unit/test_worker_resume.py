"""A trial that was cut off goes on as if nothing had happened: with real Keras, in this process."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.tasks import task_in

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.worker import checkpoints
from tui_tuner.worker.dispatch import run_job
from tui_tuner.worker.jobs import Control, Task, TrialJob
from tui_tuner.worker.protocol import Reporter
from tui_tuner.worker.reports import EpochEnded, Outcome, Report, TrialEnded, TrialResumed
from tui_tuner.worker.resume import PROGRESS
from tui_tuner.worker.runner import KerasRunner
from tui_tuner.worker.spacing import Spacing

MODELS = '''
import keras
import numpy as np


def net(hp):
    """All that has a state: an optimizer with momenta, a moving average, random numbers of the model and of NumPy."""
    layers = [keras.Input((4,))] if hp.Boolean("built", default=True) else []
    model = keras.Sequential(
        [
            *layers,
            keras.layers.Dense(hp.Int("units", 4, 16, default=8), activation="tanh"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    rate = hp.Choice("rate", [0.05, 5.0])
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"], run_eagerly=True)
    return model


def traced(hp):
    model = net(hp)
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
    return model


class Called(keras.Model):
    """Is built by being called, as most subclassed models are."""

    def __init__(self, net):
        super().__init__()
        self.parts = net.layers

    def call(self, x, training=False):
        for part in self.parts:
            x = part(x, training=training) if isinstance(part, keras.layers.Dropout) else part(x)
        return x


def called(hp):
    model = Called(net(hp))
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"], run_eagerly=True)
    return model


def wider(hp):
    hp.Int("units", 4, 16, default=9)
    return net(hp)


class OwnFit:
    def build(self, hp):
        return net(hp)

    def fit(self, hp, model, x, y, **kwargs):
        return model.fit(x, y, **kwargs)
'''


class CutOffError(BaseException):
    """What ends a worker in the middle of a trial; nothing catches it."""


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Task:
    tmp_path = tmp_path_factory.mktemp("resume")
    (tmp_path / "models.py").write_text(MODELS)
    rng = np.random.default_rng(3)
    x = rng.normal(size=(32, 4)).astype("float32")
    np.savez(tmp_path / "data.npz", x_train=x, y_train=(x[:, 0] > 0).astype("int64"), x_test=x, y_test=x[:, 0] > 0)
    return task_in(
        tmp_path / "search",
        model=f"{tmp_path / 'models.py'}:net",
        data={"npz": str(tmp_path / "data.npz")},
        fit={"epochs": 6, "batch_size": 24, "validation_split": 0.25, "verbose": 0, "shuffle": False},
        seed=7,
        checkpoint_every_s=0.0,
    )


def after_every_epoch(every_s: float) -> Spacing:
    return Spacing(every_s, share=None)


class Attempts:
    """Runs attempts at one trial, each in a fresh worker, and keeps what they report."""

    def __init__(self, task: Task, **values: Any) -> None:
        self.task = task
        self.space = {"space": [], "values": values}
        self.reports: list[Report] = []
        self.number = 0

    @property
    def folder(self) -> Path:
        return SearchDirectory(self.task.project_dir).resume("0")

    @property
    def resumed(self) -> list[tuple[int, int, int]]:
        return [(each.attempt, each.execution, each.epoch) for each in self.reports if isinstance(each, TrialResumed)]

    @property
    def epochs(self) -> list[EpochEnded]:
        return [each for each in self.reports if isinstance(each, EpochEnded)]

    def curve(self) -> list[tuple[int, int, dict[str, float]]]:
        return [(each.execution, each.epoch, dict(each.metrics)) for each in self.epochs]

    def run(self, *, cut_after: int | None = None, stop_after: int | None = None, **job: Any) -> TrialEnded | None:
        """Run the next attempt.

        Args:
            cut_after: End the worker once this attempt has reported so many epochs more, before it can save.
            stop_after: Wish the trial to stop then.
        """
        reporter = Reporter("w", lambda report: take(report))
        seen = 0

        def take(report: Report) -> None:
            nonlocal seen
            self.reports.append(report)
            seen += isinstance(report, EpochEnded)
            if seen == cut_after:
                raise CutOffError
            if seen == stop_after:
                reporter.control.set(Control.STOP)

        attempt, self.number = self.number, self.number + 1
        runner = KerasRunner(self.task, after_every_epoch)
        trial = TrialJob("0", 0, attempt, self.space, **job)
        if cut_after is None:
            ended = run_job(runner, trial, reporter)
            assert isinstance(ended, TrialEnded)
            return ended
        with pytest.raises(CutOffError):
            run_job(runner, trial, reporter)
        return None

    def weights(self) -> list[np.ndarray[Any, Any]]:
        """Those of the best epoch."""
        h5py = importlib.import_module("h5py")
        found: list[np.ndarray[Any, Any]] = []
        with h5py.File(SearchDirectory(self.task.project_dir).checkpoint("0")) as file:
            file.visititems(lambda _, each: found.append(each[()]) if hasattr(each, "shape") else None)
        return found


MakeAttempts = Callable[..., Attempts]
RunWhole = Callable[..., tuple[Attempts, TrialEnded]]


def make_attempts(task: Task, folder: Path, values: dict[str, Any] | None = None, **changes: Any) -> Attempts:
    return Attempts(replace(task, project_dir=folder, **changes), **(values or {}))


@pytest.fixture
def attempts(task: Task, tmp_path: Path) -> MakeAttempts:
    """Makes a trial that is yet to be run; other settings and values than usual by name."""
    return lambda **changes: make_attempts(task, tmp_path / "search", **changes)


@pytest.fixture(scope="module")
def whole(task: Task, tmp_path_factory: pytest.TempPathFactory) -> RunWhole:
    """The same trial, run without an interruption; once for equal settings."""
    known: dict[str, tuple[Attempts, TrialEnded]] = {}

    def run(**changes: Any) -> tuple[Attempts, TrialEnded]:
        key = repr(changes)
        if key not in known:
            made = make_attempts(task, tmp_path_factory.mktemp("whole"), **changes)
            ended = made.run()
            assert ended is not None
            known[key] = made, ended
        return known[key]

    return run


def assert_same_end(parts: Attempts, ended: TrialEnded | None, whole: tuple[Attempts, TrialEnded]) -> None:
    undisturbed, expected = whole
    assert ended is not None
    assert (ended.outcome, ended.executions) == (expected.outcome, expected.executions), ended.message
    for ours, theirs in zip(parts.weights(), undisturbed.weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-7)
    assert not parts.folder.exists()


@pytest.mark.parametrize(("model", "built"), [("net", True), ("net", False), ("called", False)])
def test_a_trial_that_is_cut_off_ends_as_if_nothing_had_happened(
    attempts: MakeAttempts, whole: RunWhole, task: Task, model: str, built: bool
) -> None:
    changes = {"model": task.model.replace(":net", f":{model}"), "values": {"built": built}}
    parts, expected = attempts(**changes), whole(**changes)
    parts.run(cut_after=4)  # the fourth epoch is reported and not saved
    parts.run(cut_after=3, resumes=True)
    ended = parts.run(resumes=True)
    assert parts.resumed == [(1, 0, 3), (2, 0, 5)]
    assert [each.epoch for each in parts.epochs] == [0, 1, 2, 3, 3, 4, 5, 5]
    last = {(execution, epoch): metrics for execution, epoch, metrics in parts.curve()}
    assert last == {(execution, epoch): metrics for execution, epoch, metrics in expected[0].curve()}
    assert_same_end(parts, ended, expected)


def test_a_stop_saves_at_once_and_no_epoch_is_trained_twice(attempts: MakeAttempts, whole: RunWhole) -> None:
    parts, expected = attempts(checkpoint_every_s=3600.0), whole(checkpoint_every_s=3600.0)
    assert not expected[0].folder.exists()
    stopped = parts.run(stop_after=3)
    assert stopped is not None
    assert stopped.outcome is Outcome.STOPPED
    assert (parts.folder / PROGRESS).is_file()
    ended = parts.run(resumes=True)
    assert parts.resumed == [(1, 0, 3)]
    assert parts.curve() == expected[0].curve()
    assert_same_end(parts, ended, expected)


@pytest.mark.parametrize("cut", [2, 3])
def test_early_stopping_stops_at_the_same_epoch(attempts: MakeAttempts, whole: RunWhole, cut: int) -> None:
    callbacks = {
        "early_stopping": {"monitor": "val_loss", "patience": 3, "restore_best_weights": True},
        "reduce_lr": {"monitor": "val_loss", "patience": 1, "factor": 0.5},
    }
    changes = {"callbacks": callbacks, "values": {"rate": 5.0}}
    parts, expected = attempts(**changes), whole(**changes)
    assert cut < len(expected[0].epochs) < 6
    parts.run(cut_after=cut)
    ended = parts.run(resumes=True)
    last = {epoch: metrics for _, epoch, metrics in parts.curve()}
    assert last == {epoch: metrics for _, epoch, metrics in expected[0].curve()}
    assert_same_end(parts, ended, expected)


def test_a_training_that_early_stopping_has_ended_is_not_trained_on(attempts: MakeAttempts, whole: RunWhole) -> None:
    callbacks = {"early_stopping": {"monitor": "val_loss", "patience": 2}}
    changes = {"callbacks": callbacks, "values": {"rate": 5.0}}
    parts, expected = attempts(**changes), whole(**changes)
    parts.run(stop_after=len(expected[0].epochs))
    ended = parts.run(resumes=True)
    assert parts.curve() == expected[0].curve()
    assert_same_end(parts, ended, expected)


def test_a_model_whose_traces_are_used_again_goes_on_too(attempts: MakeAttempts, whole: RunWhole, task: Task) -> None:
    fit = {"epochs": 3, "validation_split": 0.25, "verbose": 0}
    changes = {"executions_per_trial": 2, "fit": fit, "model": task.model.replace(":net", ":traced")}
    parts, expected = attempts(**changes), whole(**changes)
    parts.run(cut_after=5)
    ended = parts.run(resumes=True)
    assert parts.resumed == [(1, 1, 1)]
    assert_same_end(parts, ended, expected)


def test_finished_executions_are_kept(attempts: MakeAttempts, whole: RunWhole) -> None:
    fit = {"epochs": 3, "validation_split": 0.25, "verbose": 0}
    parts, expected = attempts(executions_per_trial=3, fit=fit), whole(executions_per_trial=3, fit=fit)
    parts.run(cut_after=5)
    reported = [each for each in parts.epochs if (each.execution, each.epoch) > (0, 1)]
    ended = parts.run(resumes=True, recorded=(0, 1))  # the engine has not stored the others
    assert parts.resumed == [(1, 1, 1)]
    again = [(each.execution, each.epoch, each.metrics) for each in parts.epochs if each.attempt == 1]
    assert again[:2] == [(each.execution, each.epoch, each.metrics) for each in reported[:2]]
    assert [each[:2] for each in again] == [(0, 2), *((1, n) for n in range(3)), *((2, n) for n in range(3))]
    assert_same_end(parts, ended, expected)


def test_a_stop_between_two_executions_loses_neither(attempts: MakeAttempts, whole: RunWhole) -> None:
    fit = {"epochs": 3, "validation_split": 0.25, "verbose": 0}
    parts, expected = attempts(executions_per_trial=2, fit=fit), whole(executions_per_trial=2, fit=fit)
    parts.run(stop_after=3)
    ended = parts.run(resumes=True)
    assert [(each.execution, each.epoch) for each in parts.epochs] == [(e, n) for e in range(2) for n in range(3)]
    assert ended is not None
    assert ended.executions[0] == expected[1].executions[0]
    assert parts.resumed == [(1, 0, 3)]


def test_folds_go_on_too(attempts: MakeAttempts, whole: RunWhole) -> None:
    fit = {"epochs": 3, "batch_size": 16, "verbose": 0}
    parts, expected = attempts(folds=2, fit=fit), whole(folds=2, fit=fit)
    parts.run(cut_after=5)
    ended = parts.run(resumes=True)
    assert parts.resumed == [(1, 1, 1)]
    assert_same_end(parts, ended, expected)


def test_best_weights_on_the_disk_are_those_of_the_saved_epoch(
    attempts: MakeAttempts, whole: RunWhole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "IN_MEMORY_BYTES", 0)  # each better epoch is written at once
    changes = {"values": {"rate": 5.0}, "checkpoint_every_s": 0.0}
    parts, expected = attempts(**changes), whole(**changes)
    parts.run(cut_after=5)
    SearchDirectory(parts.task.project_dir).checkpoint("0").write_bytes(b"of an epoch that was not saved")
    ended = parts.run(resumes=True)
    assert_same_end(parts, ended, expected)


def test_a_promoted_trial_resumes_its_own_training(task: Task, tmp_path: Path) -> None:
    whole, parts = (make_attempts(task, tmp_path / name) for name in ("whole", "parts"))
    for each in (whole, parts):
        parent = TrialJob("9", 9, 0, each.space, epochs=2, may_be_continued=True)
        run_job(KerasRunner(each.task), parent, Reporter("w", lambda _: None))
    stage: dict[str, Any] = {"epochs": 6, "initial_epoch": 2, "continues": "9"}
    expected = whole.run(**stage)
    assert expected is not None
    parts.run(cut_after=2, **stage)
    ended = parts.run(resumes=True, **stage)
    assert parts.resumed == [(1, 0, 3)]
    assert [each.epoch for each in parts.epochs] == [2, 3, 3, 4, 5]
    assert_same_end(parts, ended, (whole, expected))


def test_a_run_that_does_not_resume_deletes_what_is_left(attempts: MakeAttempts) -> None:
    parts = attempts()
    parts.run(cut_after=4)
    assert (parts.folder / PROGRESS).is_file()
    parts.run(cut_after=1)
    assert not parts.folder.exists()
    assert parts.resumed == []


def test_a_failed_trial_leaves_nothing_to_go_on_from(attempts: MakeAttempts) -> None:
    parts = attempts(objective="no_such_metric")
    ended = parts.run()
    assert ended is not None
    assert ended.outcome is Outcome.FATAL
    assert not parts.folder.exists()


def damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def of_keras(path: Path) -> None:
    keras = importlib.import_module("keras")
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save_weights(path)


@pytest.mark.parametrize("spoil", [damage, of_keras])
def test_a_damaged_file_means_a_start_from_the_beginning(
    attempts: MakeAttempts, whole: RunWhole, spoil: Callable[[Path], None], capfd: pytest.CaptureFixture[str]
) -> None:
    parts, expected = attempts(), whole()
    parts.run(cut_after=4)
    spoil(parts.folder / PROGRESS)
    parts.reports.clear()
    ended = parts.run(resumes=True)
    assert parts.resumed == []
    assert parts.curve() == expected[0].curve()
    assert "cannot be used" in capfd.readouterr().out
    assert_same_end(parts, ended, expected)


def test_a_state_of_another_model_means_a_start_from_the_beginning(
    attempts: MakeAttempts, capfd: pytest.CaptureFixture[str]
) -> None:
    parts = attempts(executions_per_trial=2, fit={"epochs": 2, "validation_split": 0.25, "verbose": 0})
    parts.run(cut_after=4)
    parts.task = replace(parts.task, model=parts.task.model.replace(":net", ":wider"))
    parts.reports.clear()
    ended = parts.run(resumes=True)
    assert ended is not None
    assert ended.outcome is Outcome.COMPLETED, ended.message
    assert parts.resumed == []
    assert [(each.execution, each.epoch) for each in parts.epochs] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert len(ended.executions) == 2
    assert "cannot be used" in capfd.readouterr().out


def test_a_state_of_other_hyperparameters_is_not_used(
    attempts: MakeAttempts, capfd: pytest.CaptureFixture[str]
) -> None:
    parts = attempts(values={"rate": 0.05})
    parts.run(cut_after=3)
    parts.space = {"space": [], "values": {"rate": 5.0}}
    parts.run(cut_after=1, resumes=True)
    assert parts.resumed == []
    assert "other hyperparameters" in capfd.readouterr().out


def test_a_hypermodels_own_fit_starts_over(attempts: MakeAttempts, whole: RunWhole, task: Task) -> None:
    own = task.model.replace(":net", ":OwnFit")
    parts, expected = attempts(model=own), whole(model=own)
    parts.run(cut_after=3)
    parts.reports.clear()
    ended = parts.run(resumes=True)
    assert parts.curve() == expected[0].curve()
    assert_same_end(parts, ended, expected)


def test_a_save_that_fails_does_not_fail_the_trial(
    attempts: MakeAttempts, whole: RunWhole, capfd: pytest.CaptureFixture[str]
) -> None:
    parts, expected = attempts(), whole()
    parts.folder.parent.mkdir(parents=True)
    parts.folder.write_bytes(b"")  # no folder can be made here
    ended = parts.run()
    assert ended is not None
    assert (ended.outcome, ended.executions) == (expected[1].outcome, expected[1].executions)
    said = capfd.readouterr().out
    assert said.count("could not be saved") == 1
