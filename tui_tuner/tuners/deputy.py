"""A tuner's deputy in a worker process: runs trials as the tuner would in the script's own process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.oracles import RandomSearchOracle, Trial
from tui_tuner.space import HyperParameters
from tui_tuner.tuners.display import SearchDisplay
from tui_tuner.tuners.runner import TunerRunner
from tui_tuner.worker.handed_over import HandedOver, write
from tui_tuner.worker.jobs import EvaluateJob, HyperParametersConfig, PrepareJob, TrialJob
from tui_tuner.worker.libraries import own_modules
from tui_tuner.worker.protocol import Reporter
from tui_tuner.worker.reports import Evaluated, Prepared, TrialEnded

if TYPE_CHECKING:
    from tui_tuner.tuners.base_tuner import BaseTuner

_LEFT_OUT = ("oracle", "logger", "_run")


@dataclass(frozen=True)
class StoredArray:
    """An array of the script's in a file.

    Args:
        dtype: Its type, which the file does not hold where it is none of numpy's own, such as `bfloat16`.
    """

    file: Path
    dtype: Any

    @classmethod
    def of(cls, array: Any, file: Path) -> Self:
        """Write an array.

        Raises:
            OSError: If it cannot be written.
            ValueError: If it holds Python objects.
        """
        import numpy as np

        np.save(file, np.ascontiguousarray(array), allow_pickle=False)
        return cls(file, array.dtype)

    def open(self) -> Any:
        """The array; a big one stays mapped and is shared by all workers."""
        import numpy as np

        from tui_tuner.worker.training_data import IN_MEMORY_BYTES

        mapped = np.load(self.file, mmap_mode="r", allow_pickle=False).view(self.dtype)
        return np.array(mapped) if mapped.nbytes <= IN_MEMORY_BYTES else mapped


class Deputy:
    """A `JobRunner` for worker processes.

    Args:
        cls: The tuner's class.
        state: The tuner's attributes, without what belongs to the script's process.
        objective: The oracle's.
        space: The search space, as far as the script knows it.
        fit_args: The arguments of `search`, with arrays in files.
        fit_kwargs: The same.
    """

    def __init__(
        self,
        cls: type[BaseTuner],
        state: Mapping[str, Any],
        objective: Any,
        space: HyperParametersConfig,
        fit_args: tuple[Any, ...],
        fit_kwargs: Mapping[str, Any],
    ) -> None:
        self._cls = cls
        self._state = state
        self._objective = objective
        self._space = space
        self._fit_args = fit_args
        self._fit_kwargs = fit_kwargs
        self._runner: TunerRunner | None = None

    def prepare(self, job: PrepareJob, reporter: Reporter) -> Prepared:
        """The script's process knows the space already."""
        prepared = self._tuner_runner().prepare(job, reporter)
        return Prepared(prepared.worker, self._space, prepared.data)

    def evaluate(self, job: EvaluateJob, reporter: Reporter) -> Evaluated:
        """Only the script knows its test data."""
        return Evaluated(reporter.worker, job.trial_id, {})

    def run_trial(self, job: TrialJob, reporter: Reporter) -> TrialEnded:
        """Run the trial as the tuner does."""
        hyperparameters = HyperParameters.from_config(dict(job.hyperparameters))
        return self._tuner_runner().run_apart(job, reporter, Trial(hyperparameters, job.trial_id))

    def _tuner_runner(self) -> TunerRunner:
        if self._runner is None:
            tuner = self._cls.__new__(self._cls)
            tuner.__dict__.update(self._state)
            tuner._run = None
            tuner.oracle = RandomSearchOracle()  # tells what the objective is, and nothing else
            tuner.oracle.objective = self._objective
            self._runner = TunerRunner(
                tuner,
                map_leaves(_open, self._fit_args),
                map_leaves(_open, dict(self._fit_kwargs)),
                SearchDirectory(tuner._root),
                SearchDisplay(tuner.oracle, 0.0, quiet=False),
                tuner._begin_run,
                tuner._end_run,
                lambda: None,
            )
        return self._runner


def hand_over(
    tuner: BaseTuner,
    fit_args: tuple[Any, ...],
    fit_kwargs: Mapping[str, Any],
    folder: Path,
    preparations: tuple[Callable[[], None], ...],
) -> Path:
    """Write a tuner's deputy into `folder`, and return the file.

    Raises:
        OSError: If it cannot be written.
        Exception: Whatever pickling raises.
    """
    import cloudpickle

    folder.mkdir(parents=True, exist_ok=True)
    count = 0

    def store(value: Any) -> Any:
        nonlocal count
        if type(value).__name__ != "ndarray":
            return value
        count += 1
        return StoredArray.of(value, folder / f"{count}.npy")

    deputy = Deputy(
        type(tuner),
        {name: value for name, value in vars(tuner).items() if name not in _LEFT_OUT},
        tuner.oracle.objective,
        tuner.oracle.get_space().get_config(),
        map_leaves(store, fit_args),
        map_leaves(store, dict(fit_kwargs)),
    )
    # A worker must not run the script's own modules again to get at their functions; `__main__` goes by value anyway.
    with _by_value([module for name, module in own_modules().items() if name != "__main__"]):
        runner = cloudpickle.dumps(deputy)
    file = folder / "deputy.pickle"
    write(HandedOver(tuple(sys.path), preparations, runner), file)
    return file


def map_leaves(change: Callable[[Any], Any], tree: Any) -> Any:
    """`tree` with `change` applied to all that is no tuple, list or dict."""
    if type(tree) in (tuple, list):
        return type(tree)(map_leaves(change, each) for each in tree)
    if isinstance(tree, dict):
        return {key: map_leaves(change, value) for key, value in tree.items()}
    return change(tree)


def _open(value: Any) -> Any:
    return value.open() if isinstance(value, StoredArray) else value


@contextmanager
def _by_value(modules: list[ModuleType]) -> Iterator[None]:
    import cloudpickle

    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in modules:
            cloudpickle.unregister_pickle_by_value(module)
