"""The runner of real training, against plain Keras. The only unit tests that import TensorFlow, in this process."""

from __future__ import annotations

import gc
import json
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from support.tasks import task_in

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.worker.dispatch import run_job
from tui_tuner.worker.jobs import Control, EvaluateJob, PrepareJob, Task, TrialJob
from tui_tuner.worker.protocol import Reporter
from tui_tuner.worker.reports import (
    EpochEnded,
    Evaluated,
    JobFailed,
    ModelBuilt,
    Outcome,
    Prepared,
    Report,
    TrialEnded,
    WorkerStatus,
)
from tui_tuner.worker.runner import KerasRunner, warm_up
from tui_tuner.worker.seeds import execution_seed

MODELS = '''
import keras
import numpy as np
from tui_tuner.errors import FailedTrialError, FatalValueError


def _net(hp, *, first=True):
    layers = [keras.Input((4,))] if first else []
    layers += [
        keras.layers.Dense(hp.Int("units", 2, 8, default=4), activation="tanh"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
    return keras.Sequential(layers, name="net")


def _compiled(model, hp, eager=True):
    """Eager for speed: tracing takes far longer than these few steps."""
    optimizer = keras.optimizers.Adam(hp.Choice("learning_rate", [0.05, 0.001, 5.0]))
    model.compile(optimizer, loss="binary_crossentropy", metrics=["accuracy"], run_eagerly=eager)
    return model


def plain(hp):
    return _compiled(_net(hp), hp)


def traced(hp):
    return _compiled(_net(hp), hp, eager=False)


def unbuilt(hp):
    return _compiled(_net(hp, first=False), hp)


@keras.saving.register_keras_serializable()
class Called(keras.Model):
    """Is built by being called, as most subclassed models are."""

    def __init__(self):
        super().__init__()
        self.net = keras.layers.Dense(4, activation="tanh")
        self.end = keras.layers.Dense(1, activation="sigmoid")

    def call(self, x):
        return self.end(self.net(x))


class OwnStep(Called):
    def train_step(self, data):
        return super().train_step(data)


def called(hp):
    return _compiled(Called(), hp)


def own_step(hp):
    return _compiled(OwnStep(), hp)


class WithoutConfig(Called):
    def __init__(self, units):
        super().__init__()
        self.net = keras.layers.Dense(units)


def without_config(hp):
    return _compiled(WithoutConfig(5), hp)


def conditional(hp):
    if hp.Choice("kind", ["a", "b"]) == "b":
        with hp.conditional_scope("kind", ["b"]):
            hp.Float("extra", 0.0, 1.0)
    else:
        with hp.conditional_scope("kind", ["b"]):
            hp.Float("extra", 0.0, 1.0)
    return plain(hp)


def uncompiled(hp):
    return _net(hp)


def nothing(hp):
    _net(hp)


def raises(hp):
    model = plain(hp)
    if hp.Boolean("bad", default=False):
        raise ValueError("these units do not fit\\nsecond line")
    return model


def fails_trial(hp):
    raise FailedTrialError("too big")


def out_of_memory(hp):
    raise MemoryError


def wrong_in_keras(hp):
    model = _net(hp)
    model.compile("adam", loss="no_such_loss")
    return model


class Reshapes(keras.Model):
    def __init__(self):
        super().__init__()
        self.shaped = keras.layers.Reshape((3, 7))

    def call(self, x):
        return self.shaped(x)


def wrong_in_a_layer(hp):
    return _compiled(Reshapes(), hp)


def nan_loss(hp):
    model = _net(hp)
    model.compile("sgd", loss=lambda y, p: keras.ops.mean(p) * float("nan"), metrics=["accuracy"], run_eagerly=True)
    return model


def f1_score(hp, outputs=1):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(outputs)])
    model.compile("sgd", loss="mse", metrics=[keras.metrics.F1Score(threshold=0.5)], run_eagerly=True)
    return model


def f1_scores(hp):
    return f1_score(hp, outputs=3)


def one_column(columns=1):
    """As data sets: in arrays a single column becomes a list of values."""
    import tensorflow as tf
    x = np.random.default_rng(0).normal(size=(64, 4))
    rows = tf.data.Dataset.from_tensor_slices((x, (x[:, :columns] > 0).astype("float32"))).batch(32)
    return rows, None, rows


def three_columns():
    return one_column(3)


class OwnFit:
    def build(self, hp):
        return _net(hp)

    def fit(self, hp, model, x, y, *, callbacks, epochs, **kwargs):
        """A training loop of its own that looks neither at `stop_training` nor at anything else."""
        for callback in callbacks:
            callback.set_model(model)
        for epoch in range(epochs):
            weights = [w + 1.0 for w in model.get_weights()]
            model.set_weights(weights)
            for callback in callbacks:
                callback.on_epoch_end(epoch, {"my_metric": np.float32(-abs(epoch - 2)), "vector": np.zeros(3)})


class ReturnsNumber(OwnFit):
    def fit(self, hp, model, x, y, **kwargs):
        return 0.25


class ReturnsMetrics(OwnFit):
    def fit(self, hp, model, x, y, **kwargs):
        return {"my_metric": 0.5, "other": 1}


class ReturnsNothing(OwnFit):
    def fit(self, hp, model, x, y, **kwargs):
        return None


class FitsTwice:
    def build(self, hp):
        return plain(hp)

    def fit(self, hp, model, *args, **kwargs):
        model.fit(*args, **kwargs)
        return model.fit(*args, **kwargs)


def data_sets():
    import tensorflow as tf

    rng = np.random.default_rng(0)
    x = rng.normal(size=(32, 4)).astype("float32")
    y = (x[:, 0] > 0).astype("int64")
    part = tf.data.Dataset.from_tensor_slices((x, y)).batch(8)
    return part, part, part
'''


@pytest.fixture(scope="module", autouse=True)
def keras() -> Iterator[ModuleType]:
    """Keras, imported as a worker process imports it."""
    reports: list[Report] = []
    warm_up(Reporter("w", reports.append))
    assert [report.activity for report in reports if isinstance(report, WorkerStatus)] == [
        "importing tensorflow",
        "ready",
    ]
    yield sys.modules["keras"]
    gc.unfreeze()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, keras: ModuleType) -> Path:
    """A folder with the models and the data."""
    folder = tmp_path_factory.mktemp("keras")
    (folder / "models.py").write_text(MODELS)
    rng = np.random.default_rng(3)
    x = rng.normal(size=(80, 4)).astype("float32")
    y = (x[:, 0] * x[:, 1] > 0).astype("int64")
    np.savez(folder / "data.npz", x_train=x[:64], y_train=y[:64], x_test=x[64:], y_test=y[64:])
    return folder


class Bench:
    """A runner on one task, with everything that it reports."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.runner = KerasRunner(task)
        self.reports: list[Report] = []
        self.wishes: dict[int, Control] = {}  # by the number of epochs reported so far
        self.directory = SearchDirectory(task.project_dir)

    def reporter(self) -> Reporter:
        reporter = Reporter("w", self._take)
        self._control = reporter.control
        return reporter

    def _take(self, report: Report) -> None:
        self.reports.append(report)
        if isinstance(report, EpochEnded):
            wish = self.wishes.get(len(self.epochs))
            if wish is not None:
                self._control.set(wish)

    @property
    def epochs(self) -> list[EpochEnded]:
        return [report for report in self.reports if isinstance(report, EpochEnded)]

    @property
    def models(self) -> list[ModelBuilt]:
        return [report for report in self.reports if isinstance(report, ModelBuilt)]

    def prepare(self) -> Prepared | JobFailed:
        closing = run_job(self.runner, PrepareJob(), self.reporter())
        assert isinstance(closing, Prepared | JobFailed)
        return closing

    def trial(self, number: int = 0, epochs: int | None = None, **values: Any) -> TrialEnded:
        hyperparameters = {"space": [], "values": values}
        job = TrialJob(f"t{number}", number, 0, hyperparameters, epochs)
        closing = run_job(self.runner, job, self.reporter())
        assert isinstance(closing, TrialEnded)
        return closing

    def evaluate(self, ended: TrialEnded) -> Evaluated | JobFailed:
        assert ended.hyperparameters is not None
        closing = run_job(self.runner, EvaluateJob(ended.trial_id, ended.hyperparameters), self.reporter())
        assert isinstance(closing, Evaluated | JobFailed)
        return closing


MakeBench = Callable[..., Bench]


@pytest.fixture
def bench(shared: Path, tmp_path: Path) -> MakeBench:
    def make(model: str = "plain", data: dict[str, Any] | None = None, **changes: Any) -> Bench:
        task = task_in(
            tmp_path,
            model=f"{shared / 'models.py'}:{model}",
            data=data or {"npz": str(shared / "data.npz")},
            fit={"epochs": 3, "batch_size": 32, "validation_split": 0.25, "verbose": 0},
            objective="val_accuracy",
            direction="max",
            seed=7,
        )
        return Bench(replace(task, **changes))

    return make


def plain_keras(
    keras: ModuleType, shared: Path, seed: int, epochs: int = 3, model: str = "plain", **values: Any
) -> tuple[Any, Any]:
    """What a person would write: build, fit. Returns the history and a list of the weights after each epoch."""
    from tui_tuner.configs.model_reference import resolve_model
    from tui_tuner.space import HyperParameters

    hp = HyperParameters()
    hp.values.update(values)
    keras.utils.set_random_seed(seed)
    built = resolve_model(f"{shared / 'models.py'}:{model}")(hp)
    weights: list[Any] = []
    keep = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: weights.append(built.get_weights()))
    with np.load(shared / "data.npz") as data:
        history = built.fit(
            data["x_train"],
            data["y_train"],
            epochs=epochs,
            batch_size=32,
            validation_split=0.25,
            verbose=0,
            callbacks=[keep],
        )
    return history.history, weights


def test_prepare_writes_the_data_and_finds_the_whole_space(bench: MakeBench) -> None:
    run = bench("conditional")
    prepared = run.prepare()
    assert isinstance(prepared, Prepared)
    names = [item["config"]["name"] for item in prepared.hyperparameters["space"]]
    assert names == ["kind", "extra", "units", "learning_rate"]
    assert (prepared.data.train_rows, prepared.data.test_rows) == (64, 16)
    assert (run.task.arrays / "manifest.json").is_file()
    activities = [report.activity for report in run.reports if isinstance(report, WorkerStatus)]
    assert activities == ["loading data", "building the model"]


def test_prepare_says_what_is_wrong_with_the_data_or_the_model(bench: MakeBench, shared: Path) -> None:
    no_data = bench(data={"npz": str(shared / "missing.npz")}).prepare()
    assert isinstance(no_data, JobFailed)
    assert "missing.npz" in no_data.message
    assert "TunerError" not in no_data.message
    no_model = bench("plian").prepare()
    assert isinstance(no_model, JobFailed)
    assert "plain" in no_model.message
    uncompiled = bench("uncompiled").prepare()
    assert isinstance(uncompiled, JobFailed)
    assert "compiled model" in uncompiled.message


@pytest.mark.parametrize("model", ["plain", "traced"])
def test_trains_as_plain_keras_does(keras: ModuleType, shared: Path, bench: MakeBench, model: str) -> None:
    run = bench(model, executions_per_trial=2)
    run.prepare()
    ended = run.trial(3, units=5, learning_rate=0.05)
    assert ended.outcome is Outcome.COMPLETED
    for execution in range(2):
        seed = execution_seed(7, 3, execution)
        history, _ = plain_keras(keras, shared, seed, model=model, units=5, learning_rate=0.05)
        epochs = [epoch for epoch in run.epochs if epoch.execution == execution]
        assert [epoch.epoch for epoch in epochs] == [0, 1, 2]
        for epoch in epochs:
            assert epoch.metrics == {name: values[epoch.epoch] for name, values in history.items()}
            assert all(type(value) is float for value in epoch.metrics.values())
            assert epoch.duration_s > 0
        best = int(np.argmax(history["val_accuracy"]))
        assert ended.executions[execution].best_epoch == best
        assert ended.executions[execution].metrics == epochs[best].metrics


def test_a_worker_that_did_not_prepare_trains_alike(bench: MakeBench) -> None:
    first = bench()
    first.prepare()
    expected = first.trial(1, units=3, learning_rate=0.05).executions
    assert bench().trial(1, units=3, learning_rate=0.05).executions == expected


@pytest.mark.parametrize("limit", [2**28, 0], ids=["kept in memory", "written at each improvement"])
def test_the_checkpoint_has_the_weights_of_the_best_epoch(
    keras: ModuleType, shared: Path, bench: MakeBench, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr("tui_tuner.worker.checkpoints.IN_MEMORY_BYTES", limit)
    run = bench(
        objective="val_loss",
        direction="min",
        callbacks={"early_stopping": {"patience": 100, "monitor": "val_accuracy", "restore_best_weights": True}},
    )
    run.prepare()
    places = set()
    for number, rate in enumerate((0.001, 5.0)):
        ended = run.trial(number, epochs=4, units=4, learning_rate=rate)
        best = ended.executions[0].best_epoch
        places.add("last" if best == 3 else "earlier")
        seed = execution_seed(7, number, 0)
        _, weights = plain_keras(keras, shared, seed, epochs=4, units=4, learning_rate=rate)
        model = _rebuilt(shared, run, ended)
        for loaded, expected in zip(model.get_weights(), weights[best], strict=True):
            np.testing.assert_array_equal(loaded, expected)
    assert places == {"last", "earlier"}
    leftovers = [path.name for path in run.directory.trial("t0").iterdir() if path.name.startswith(".")]
    assert leftovers == []


def _rebuilt(shared: Path, run: Bench, ended: TrialEnded, model: str = "plain") -> Any:
    from tui_tuner.configs.model_reference import resolve_model
    from tui_tuner.space import HyperParameters
    from tui_tuner.worker.checkpoints import restore_weights

    assert ended.hyperparameters is not None
    built = resolve_model(f"{shared / 'models.py'}:{model}")(HyperParameters.from_config(dict(ended.hyperparameters)))
    restore_weights(built, run.directory, ended.trial_id)
    return built


def test_the_checkpoint_is_the_best_of_all_executions(keras: ModuleType, shared: Path, bench: MakeBench) -> None:
    run = bench(executions_per_trial=3, objective="val_loss", direction="min")
    run.prepare()
    ended = run.trial(2, units=6, learning_rate=0.05)
    losses = [execution.metrics["val_loss"] for execution in ended.executions]
    best = int(np.argmin(losses))
    _, weights = plain_keras(keras, shared, execution_seed(7, 2, best), units=6, learning_rate=0.05)
    model = _rebuilt(shared, run, ended)
    for loaded, expected in zip(model.get_weights(), weights[ended.executions[best].best_epoch], strict=True):
        np.testing.assert_array_equal(loaded, expected)


def test_reports_the_built_model_once(bench: MakeBench) -> None:
    run = bench(executions_per_trial=2)
    run.prepare()
    run.trial(units=4, learning_rate=0.05)
    (built,) = run.models
    assert run.reports.index(built) < run.reports.index(run.epochs[0])
    layers = [(layer.name, layer.kind, layer.output_shape, layer.parameters) for layer in built.summary.layers]
    assert [kind for _, kind, _, _ in layers] == ["Dense", "Dropout", "Dense"]
    assert [shape for _, _, shape, _ in layers] == ["(None, 4)", "(None, 4)", "(None, 1)"]
    assert [parameters for _, _, _, parameters in layers] == [20, 0, 5]
    assert (built.summary.name, built.summary.trainable_parameters) == ("net", 25)
    assert built.summary.steps_per_epoch == 2  # 48 rows, 32 at once


def test_a_model_that_sees_its_shape_in_training_is_reported_and_restored(bench: MakeBench) -> None:
    run = bench("unbuilt")
    run.prepare()
    ended = run.trial(units=4, learning_rate=0.05)
    assert run.models[0].summary.trainable_parameters == 25
    assert json.loads((run.directory.trial("t0") / "build_config.json").read_text())["input_shape"][-1] == 4
    assert isinstance(run.evaluate(ended), Evaluated)


def test_evaluates_the_best_model_and_writes_it(keras: ModuleType, shared: Path, bench: MakeBench) -> None:
    run = bench()
    run.prepare()
    ended = run.trial(units=4, learning_rate=0.05)
    evaluated = bench().evaluate(ended)  # on another worker
    assert isinstance(evaluated, Evaluated)
    saved = keras.models.load_model(run.directory.best / "model.keras")
    with np.load(shared / "data.npz") as data:
        expected = saved.evaluate(data["x_test"], data["y_test"], verbose=0, return_dict=True)
    assert evaluated.metrics == pytest.approx(expected)
    content = json.loads((run.directory.best / "hyperparameters.json").read_text())
    assert content["trial_id"] == "t0"
    assert content["values"] == {"units": 4, "learning_rate": 0.05}


def test_a_best_model_that_cannot_be_saved_whole_is_evaluated_and_kept_as_its_weights(bench: MakeBench) -> None:
    run = bench("without_config")
    run.prepare()
    evaluated = run.evaluate(run.trial(learning_rate=0.05))
    assert isinstance(evaluated, Evaluated), evaluated.message
    assert set(evaluated.metrics) == {"loss", "accuracy"}
    assert evaluated.warning == (
        "the best model cannot be saved whole: WithoutConfig has no get_config(); best/model.weights.h5 has its weights"
    )
    assert sorted(path.name for path in run.directory.best.iterdir()) == ["hyperparameters.json", "model.weights.h5"]


@pytest.mark.parametrize("model", ["called", "own_step"])
def test_a_model_that_is_built_by_being_called_is_evaluated(
    keras: ModuleType, shared: Path, bench: MakeBench, model: str
) -> None:
    run = bench(model)
    run.prepare()
    ended = run.trial(learning_rate=0.05)
    evaluated = bench(model).evaluate(ended)  # on another worker
    assert isinstance(evaluated, Evaluated), evaluated.message
    restored = _rebuilt(shared, run, ended, model)
    with np.load(shared / "data.npz") as data:
        expected = restored.evaluate(data["x_test"], data["y_test"], verbose=0, return_dict=True)
    assert evaluated.metrics == pytest.approx(expected)
    _, weights = plain_keras(keras, shared, execution_seed(7, 0, 0), model=model, learning_rate=0.05)
    for ours, theirs in zip(restored.get_weights(), weights[ended.executions[0].best_epoch], strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_folds_are_trained_and_reported_as_executions(bench: MakeBench) -> None:
    run = bench(folds=4)
    run.prepare()
    ended = run.trial(units=4, learning_rate=0.05)
    assert ended.outcome is Outcome.COMPLETED
    assert len(ended.executions) == 4
    assert [(epoch.execution, epoch.epoch) for epoch in run.epochs] == [(n, e) for n in range(4) for e in range(3)]
    finals = [epoch.metrics["val_loss"] for epoch in run.epochs if epoch.epoch == 2]
    assert len(set(finals)) == 4  # each on other rows


def test_after_cross_validation_the_best_is_trained_on_all_rows(
    keras: ModuleType, shared: Path, bench: MakeBench
) -> None:
    run = bench(folds=4)
    run.prepare()
    job = EvaluateJob("t0", {"space": [], "values": {"units": 4, "learning_rate": 0.05}}, epochs=2)
    evaluated = run_job(run.runner, job, run.reporter())
    assert isinstance(evaluated, Evaluated)
    saved = keras.models.load_model(run.directory.best / "model.keras")
    keras.utils.set_random_seed(7)
    from tui_tuner.configs.model_reference import resolve_model
    from tui_tuner.space import HyperParameters

    hp = HyperParameters()
    hp.values.update(job.hyperparameters["values"])
    expected = resolve_model(f"{shared / 'models.py'}:plain")(hp)
    with np.load(shared / "data.npz") as data:
        expected.fit(data["x_train"], data["y_train"], epochs=2, batch_size=32, verbose=0)
        on_test = expected.evaluate(data["x_test"], data["y_test"], verbose=0, return_dict=True)
    for ours, theirs in zip(saved.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert evaluated.metrics == pytest.approx(on_test)


def test_without_test_data_the_best_model_is_still_written(bench: MakeBench, shared: Path) -> None:
    with np.load(shared / "data.npz") as data:
        np.savez(shared / "train_only.npz", x=data["x_train"], y=data["y_train"])
    run = bench(data={"npz": str(shared / "train_only.npz"), "test_size": 0})
    run.prepare()
    evaluated = run.evaluate(run.trial(units=4, learning_rate=0.05))
    assert isinstance(evaluated, Evaluated)
    assert evaluated.metrics == {}
    assert (run.directory.best / "model.keras").is_file()


def test_evaluating_a_trial_without_a_checkpoint_says_so(bench: MakeBench) -> None:
    run = bench()
    run.prepare()
    failed = run.evaluate(TrialEnded("w", "t9", 0, Outcome.COMPLETED, hyperparameters={"space": [], "values": {}}))
    assert isinstance(failed, JobFailed)
    assert "trial t9 has no checkpoint" in failed.message


@pytest.mark.parametrize(
    ("model", "outcome", "line"),
    [
        ("fails_trial", Outcome.FAILED, "FailedTrialError: too big (models.py:"),
        ("uncompiled", Outcome.FATAL, "FatalTypeError: uncompiled must return a compiled model"),
        ("nothing", Outcome.FATAL, "FatalTypeError: nothing must return a Keras model, but it returned NoneType; did"),
        ("out_of_memory", Outcome.INVALID, "out of memory: this configuration needs more than there is (MemoryError)"),
    ],
)
def test_what_a_model_raises_is_the_trials_outcome(bench: MakeBench, model: str, outcome: Outcome, line: str) -> None:
    bench().prepare()
    ended = bench(model).trial()
    assert ended.outcome is outcome
    assert ended.message.startswith(line)


def test_a_message_has_one_line_first_and_then_the_users_frames(
    bench: MakeBench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench().prepare()
    ended = bench("raises").trial(bad=True, units=2)
    assert ended.outcome is Outcome.INVALID
    first, empty, *rest = ended.message.splitlines()
    assert first.startswith("ValueError: these units do not fit (models.py:")
    assert first.endswith(", in raises)")
    assert empty == ""
    assert "models.py" in "".join(rest)
    assert "tui_tuner/worker/" not in "".join(rest[:-2])
    assert ended.hyperparameters is not None
    assert ended.hyperparameters["values"]["units"] == 2
    assert "execution.py" in capsys.readouterr().err  # the whole of it goes to the log


def test_an_error_inside_keras_shows_where_the_user_called_it(bench: MakeBench) -> None:
    bench().prepare()
    ended = bench("wrong_in_keras").trial()
    assert ended.outcome is Outcome.INVALID
    assert "no_such_loss" in ended.message


def test_an_error_inside_a_layer_says_which_layer_and_why(bench: MakeBench) -> None:
    bench().prepare()
    line = bench("wrong_in_a_layer").trial().message.splitlines()[0]
    assert line.startswith("ValueError: Reshape.call(): The total size of the tensor must be unchanged.")
    assert "target_shape=(3, 7) (models.py:" in line


@pytest.mark.parametrize("model", ["plain", "ReturnsNothing"])
def test_a_missing_objective_ends_the_search_and_names_the_metrics(bench: MakeBench, model: str) -> None:
    bench().prepare()
    run = bench(model, objective="val_f1")
    ended = run.trial()
    assert ended.outcome is Outcome.FATAL
    assert "'val_f1'" in ended.message
    if model == "plain":
        assert "accuracy, loss, val_accuracy, val_loss" in ended.message
        assert len(run.epochs) == 1


def test_the_f1_score_of_one_output_is_an_objective_and_those_of_several_need_an_average(
    bench: MakeBench, shared: Path
) -> None:
    run = bench("f1_score", {"loader": f"{shared / 'models.py'}:one_column"}, objective="val_f1_score")
    run.prepare()
    ended = run.trial()
    assert ended.outcome is Outcome.COMPLETED
    assert ended.executions[0].metrics["val_f1_score"] == max(epoch.metrics["val_f1_score"] for epoch in run.epochs)

    run = bench("f1_scores", {"loader": f"{shared / 'models.py'}:three_columns"}, objective="val_f1_score")
    run.prepare()
    ended = run.trial()
    assert "'val_f1_score' is array(" in ended.message
    assert 'needs an average, such as F1Score(average="macro")' in ended.message


def test_a_training_of_no_epochs_fails_alone(bench: MakeBench) -> None:
    bench().prepare()
    ended = bench(fit={"epochs": 0, "verbose": 0}).trial()
    assert ended.outcome is Outcome.INVALID
    assert "training ran no epoch" in ended.message


def test_without_validation_data_the_message_says_so(bench: MakeBench) -> None:
    bench().prepare()
    assert "there is no validation data" in bench(fit={"epochs": 1, "verbose": 0}).trial().message


def test_an_objective_that_comes_every_other_epoch_will_do(bench: MakeBench) -> None:
    run = bench(fit={"epochs": 4, "validation_split": 0.25, "validation_freq": 2, "verbose": 0})
    run.prepare()
    ended = run.trial(units=4, learning_rate=0.05)
    assert ended.outcome is Outcome.COMPLETED
    assert ended.executions[0].best_epoch in (1, 3)


def test_a_nan_objective_is_reported_as_it_is(bench: MakeBench) -> None:
    bench().prepare()
    run = bench("nan_loss", objective="val_loss", direction="min")
    ended = run.trial()
    assert ended.outcome is Outcome.COMPLETED
    assert math.isnan(ended.executions[0].metrics["val_loss"])
    assert all(math.isnan(epoch.metrics["val_loss"]) for epoch in run.epochs)


@pytest.mark.parametrize(
    ("wish", "outcome", "executions"), [(Control.SKIP, Outcome.SKIPPED, 2), (Control.STOP, Outcome.STOPPED, 1)]
)
def test_a_wish_is_heeded_at_the_end_of_its_epoch(
    bench: MakeBench, wish: Control, outcome: Outcome, executions: int
) -> None:
    run = bench(executions_per_trial=3)
    run.prepare()
    run.wishes[5] = wish  # in the second execution, after its second epoch
    ended = run.trial(units=4, learning_rate=0.05)
    assert (ended.outcome, len(ended.executions), len(run.epochs)) == (outcome, executions, 5)


def test_a_trial_that_is_not_wanted_any_more_is_not_built(bench: MakeBench) -> None:
    run = bench()
    run.prepare()
    reporter = run.reporter()
    reporter.control.set(Control.SKIP)
    ended = run.runner.run_trial(TrialJob("t0", 0, 0, {"space": [], "values": {}}), reporter)
    assert (ended.outcome, ended.executions, run.models) == (Outcome.SKIPPED, (), [])


class TestOwnFit:
    def test_epochs_of_an_own_loop_are_reported_and_the_best_weights_kept(self, bench: MakeBench, shared: Path) -> None:
        bench().prepare()
        run = bench("OwnFit", objective="my_metric", fit={"epochs": 5})
        ended = run.trial(units=4)
        assert ended.outcome is Outcome.COMPLETED
        assert [epoch.metrics for epoch in run.epochs] == [{"my_metric": -abs(epoch - 2.0)} for epoch in range(5)]
        assert ended.executions[0].best_epoch == 2
        bias = _rebuilt(shared, run, ended, "OwnFit").get_weights()[1]
        np.testing.assert_array_equal(bias, np.full(4, 3.0))  # zeros, and 1 for each of three epochs

    def test_an_own_loop_that_does_not_look_is_ended_all_the_same(self, bench: MakeBench) -> None:
        bench().prepare()
        run = bench("OwnFit", objective="my_metric", fit={"epochs": 1000})
        run.wishes[4] = Control.SKIP
        ended = run.trial(units=4)
        assert (ended.outcome, len(run.epochs), ended.executions[0].best_epoch) == (Outcome.SKIPPED, 4, 2)

    @pytest.mark.parametrize(
        ("model", "metrics"),
        [("ReturnsNumber", {"my_metric": 0.25}), ("ReturnsMetrics", {"my_metric": 0.5, "other": 1.0})],
    )
    def test_metrics_that_fit_returns_are_the_result(
        self, bench: MakeBench, model: str, metrics: dict[str, float]
    ) -> None:
        bench().prepare()
        run = bench(model, objective="my_metric")
        ended = run.trial()
        assert [execution.metrics for execution in ended.executions] == [metrics]
        assert run.directory.checkpoint("t0").is_file()

    def test_epochs_of_a_second_fit_go_on_counting(self, bench: MakeBench) -> None:
        bench().prepare()
        run = bench("FitsTwice")
        run.trial(units=4, learning_rate=0.05)
        assert [epoch.epoch for epoch in run.epochs] == list(range(6))

    def test_a_second_fit_is_not_begun_after_a_skip(self, bench: MakeBench) -> None:
        bench().prepare()
        run = bench("FitsTwice")
        run.wishes[2] = Control.SKIP
        ended = run.trial(units=4, learning_rate=0.05)
        assert (ended.outcome, len(run.epochs), len(ended.executions)) == (Outcome.SKIPPED, 2, 1)


class TestData:
    def test_data_sets_are_loaded_by_each_worker(self, bench: MakeBench, shared: Path) -> None:
        data = {"loader": f"{shared / 'models.py'}:data_sets"}
        run = bench(data=data)
        assert isinstance(run.prepare(), Prepared)
        assert not run.task.arrays.exists()
        ended = bench(data=data).trial(units=4, learning_rate=0.05)  # batch_size and validation_split are left out
        assert ended.outcome is Outcome.COMPLETED
        assert "val_accuracy" in ended.executions[0].metrics
        evaluated = run.evaluate(ended)
        assert isinstance(evaluated, Evaluated)
        assert set(evaluated.metrics) == {"accuracy", "loss"}

    def test_ready_made_hypermodels_get_the_shape_of_the_data(self, bench: MakeBench) -> None:
        run = bench(model="")
        run = Bench(replace(run.task, model="dense", fit={"epochs": 1, "validation_split": 0.25, "verbose": 0}))
        prepared = run.prepare()
        assert isinstance(prepared, Prepared)
        values = dict(prepared.hyperparameters["values"])
        assert run.trial(**values).outcome is Outcome.COMPLETED


class TestCallbacks:
    def test_early_stopping_ends_a_training(self, bench: MakeBench) -> None:
        run = bench(callbacks={"early_stopping": {"monitor": "val_loss", "patience": 0, "min_delta": 100.0}})
        run.prepare()
        assert run.trial(units=4, learning_rate=0.05).outcome is Outcome.COMPLETED
        assert 1 <= len(run.epochs) < 3

    def test_what_callbacks_log_is_reported(self, bench: MakeBench) -> None:
        run = bench(callbacks={"reduce_lr": {"monitor": "val_loss", "patience": 1}})
        run.prepare()
        run.trial(units=4, learning_rate=0.05)
        assert run.epochs[0].metrics["learning_rate"] == pytest.approx(0.05)

    def test_files_go_to_the_executions_own_folder(self, bench: MakeBench) -> None:
        run = bench(
            executions_per_trial=2,
            callbacks={"tensorboard": {}, "CSVLogger": {"filename": "log.csv"}},
            fit={"epochs": 1, "validation_split": 0.25, "verbose": 0},
        )
        run.prepare()
        run.trial(units=4, learning_rate=0.05)
        for execution in ("execution0", "execution1"):
            assert list((run.directory.tensorboard / "t0" / execution / "train").glob("events.out.tfevents*"))
            assert "val_accuracy" in (run.directory.trial("t0") / execution / "log.csv").read_text()

    @pytest.mark.parametrize(
        ("callbacks", "line"),
        [
            ({"EarlyStoping": {}}, "there is no callback 'EarlyStoping'; did you mean 'EarlyStopping'?"),
            ({"early_stopping": {"patienc": 3}}, "callback early_stopping: "),
            ({"reduce_lr": {"factor": 2.0}}, "callback reduce_lr: "),
        ],
    )
    def test_a_wrong_callback_ends_the_search(self, bench: MakeBench, callbacks: dict[str, Any], line: str) -> None:
        bench().prepare()
        ended = bench(callbacks=callbacks).trial()
        assert ended.outcome is Outcome.FATAL
        assert line in ended.message.splitlines()[0]
