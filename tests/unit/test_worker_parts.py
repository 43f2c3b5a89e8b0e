"""The worker's small parts, without Keras."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.view import Objective
from tui_tuner.errors import FatalValueError
from tui_tuner.worker import checkpoints
from tui_tuner.worker.atomic import replacing
from tui_tuner.worker.checkpoints import BestWeights, restore_weights
from tui_tuner.worker.control import TrialControl
from tui_tuner.worker.jobs import Control
from tui_tuner.worker.seeds import execution_seed
from tui_tuner.worker.simulated import SimulationOptions
from tui_tuner.worker.summaries import summarize, weights_bytes


class TestTrialControl:
    def test_runs_unless_told_otherwise(self) -> None:
        assert TrialControl().decide() is Control.RUN

    @pytest.mark.parametrize("wish", [Control.RUN, Control.SKIP, Control.STOP])
    def test_a_pause_holds_until_something_else_is_wanted(self, wish: Control) -> None:
        control = TrialControl()
        control.set(Control.PAUSE)
        decided: list[Control] = []
        thread = threading.Thread(target=lambda: decided.append(control.decide()))
        thread.start()
        control.set(Control.PAUSE)
        assert not decided
        control.set(wish)
        thread.join(10)
        assert decided == [wish]


class TestSeeds:
    def test_follows_its_formula(self) -> None:
        assert execution_seed(0, 0, 0) == 0
        assert execution_seed(5, 3, 2) == 5 + 30021 + 2
        assert execution_seed(2**32, 0, 1) == 1

    def test_no_two_executions_of_a_search_share_a_seed(self) -> None:
        seeds = {execution_seed(1, number, execution) for number in range(1000) for execution in range(10)}
        assert len(seeds) == 10_000


class TestReplacing:
    def test_replaces_the_file_as_a_whole(self, tmp_path: Path) -> None:
        path = tmp_path / "new folder" / "a.weights.h5"
        for text in ("one", "two"):
            with replacing(path) as new:
                assert new.name.endswith(".weights.h5")
                new.write_text(text)
                assert not path.exists() or path.read_text() == "one"
        assert path.read_text() == "two"
        assert list(path.parent.iterdir()) == [path]

    def test_an_exception_leaves_what_was_there(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        path.write_text("old")

        def fail() -> None:
            with replacing(path) as new:
                new.write_text("half")
                raise OSError("disk full")

        with pytest.raises(OSError, match="disk full"):
            fail()
        assert path.read_text() == "old"
        assert list(tmp_path.iterdir()) == [path]


class Model:
    """A model whose one weight is a number."""

    built = True

    def __init__(self) -> None:
        self.value = 0
        self.copies = 0
        self.saves = 0
        self.weights = [SimpleNamespace(shape=(10,), dtype="float32")]

    def get_weights(self) -> int:
        self.copies += 1
        return self.value

    def set_weights(self, value: int) -> None:
        self.value = value

    def save_weights(self, path: Path) -> None:
        self.saves += 1
        path.write_text(str(self.value))

    def load_weights(self, path: Path) -> None:
        self.value = int(path.read_text())

    def get_build_config(self) -> Any:
        return {"input_shape": [None, 4]}


def train(best: BestWeights, model: Model, scores: list[float]) -> None:
    """Training as the callbacks see it: each epoch sets the weight to its number, from 1."""
    for number, score in enumerate(scores, 1):
        best.before_change(model)
        model.value = number
        best.epoch_ended(model, score, may_wait=True)
    best.training_ended(model)
    model.value = -1  # as `restore_best_weights` may do
    best.execution_ended(model)


class TestBestWeights:
    @pytest.mark.parametrize(
        ("scores", "best_epoch", "copies"),
        [([3.0, 2.0, 1.0], 3, 2), ([1.0, 2.0, 3.0], 1, 1), ([2.0, 1.0, 3.0], 2, 2), ([float("nan"), 5.0, 6.0], 2, 2)],
    )
    def test_writes_the_best_epoch_once(
        self, tmp_path: Path, scores: list[float], best_epoch: int, copies: int
    ) -> None:
        directory, model = SearchDirectory(tmp_path), Model()
        train(BestWeights(directory, "t", Objective("loss", "min")), model, scores)
        assert directory.checkpoint("t").read_text() == str(best_epoch)
        assert (model.saves, model.copies) == (1, copies)

    def test_a_worse_execution_writes_nothing(self, tmp_path: Path) -> None:
        directory, worse = SearchDirectory(tmp_path), Model()
        best = BestWeights(directory, "t", Objective("accuracy", "max"))
        train(best, Model(), [0.1, 0.9, 0.2])
        train(best, worse, [0.5, 0.6])
        assert worse.saves == 0
        assert directory.checkpoint("t").read_text() == "2"

    def test_big_models_are_written_at_each_improvement(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(checkpoints, "IN_MEMORY_BYTES", 39)
        directory, model = SearchDirectory(tmp_path), Model()
        train(BestWeights(directory, "t", Objective("loss", "min")), model, [3.0, 2.0, 4.0])
        assert (model.saves, model.copies) == (2, 0)
        assert directory.checkpoint("t").read_text() == "2"

    def test_weights_that_may_change_at_once_are_copied_at_once(self, tmp_path: Path) -> None:
        directory, model = SearchDirectory(tmp_path), Model()
        best = BestWeights(directory, "t", Objective("loss", "min"))
        model.value = 5
        best.epoch_ended(model, 1.0, may_wait=False)
        model.value = 6
        best.epoch_ended(model, 2.0, may_wait=False)
        best.execution_ended(model)
        assert directory.checkpoint("t").read_text() == "5"

    def test_restores_what_it_wrote(self, tmp_path: Path) -> None:
        directory = SearchDirectory(tmp_path)
        train(BestWeights(directory, "t", Objective("loss", "min")), Model(), [1.0])
        model = Model()
        restore_weights(model, directory, "t")
        assert model.value == 1
        assert json.loads((tmp_path / "trial_t" / "build_config.json").read_text()) == {"input_shape": [None, 4]}

    def test_shapes_that_are_no_json_do_not_matter(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Model, "get_build_config", lambda self: {"input_shape": object()})
        directory = SearchDirectory(tmp_path)
        train(BestWeights(directory, "t", Objective("loss", "min")), Model(), [1.0])
        restore_weights(Model(), directory, "t")


class TestSummaries:
    def test_counts_parameters_and_bytes(self) -> None:
        def weight(dtype: str, *shape: int) -> SimpleNamespace:
            return SimpleNamespace(shape=shape, dtype=dtype)

        kernel, bias, counter = weight("float32", 3, 4), weight("bfloat16", 4), weight("bool")
        layer = SimpleNamespace(name="hidden", weights=[kernel, bias], output=SimpleNamespace(shape=(None, 4)))
        several = SimpleNamespace(name="two", weights=[], output=[layer.output, {"a": layer.output}])
        untraced = SimpleNamespace(name="own", weights=[counter])
        model = SimpleNamespace(
            name="m",
            layers=[layer, several, untraced],
            weights=[kernel, bias, counter],
            trainable_weights=[kernel, bias],
        )
        assert weights_bytes(model) == 48 + 8 + 1
        summary = summarize(model)
        assert (summary.parameters, summary.trainable_parameters, summary.size_bytes) == (17, 16, 57)
        assert [layer.output_shape for layer in summary.layers] == ["(None, 4)", "[(None, 4), {a: (None, 4)}]", ""]


class TestSimulationOptions:
    def test_are_json_after_the_prefix(self) -> None:
        assert SimulationOptions.parse('simulated:{"seconds_per_epoch": 0.5}').seconds_per_epoch == 0.5
        assert SimulationOptions.parse("simulated:") == SimulationOptions()

    @pytest.mark.parametrize("model", ["simulated:{", 'simulated:{"speed": 1}', "simulated:[1]"])
    def test_mistakes_are_named(self, model: str) -> None:
        with pytest.raises(FatalValueError, match="not a valid simulation"):
            SimulationOptions.parse(model)
