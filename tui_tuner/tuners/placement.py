"""Where the trials of a script's search run: in worker processes if nobody could tell, else in the script's process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui_tuner.executors.workers import WorkerCount
from tui_tuner.oracles import MultiObjective, RandomSearchOracle
from tui_tuner.tuners.hypermodel import FunctionHyperModel, HyperModel
from tui_tuner.tuners.purity import noticeable

if TYPE_CHECKING:
    from tui_tuner.tuners.base_tuner import BaseTuner

_STOCK_TUNERS = frozenset({"BayesianOptimization", "GridSearch", "RandomSearch", "Tuner"})
_OURS = "tui_tuner."

_CALLBACKS = frozenset({"EarlyStopping", "ReduceLROnPlateau", "TensorBoard", "TerminateOnNaN"})
"""Callbacks of Keras that keep nothing for the script to look at, and write no file that trials share."""

_PLAIN = (type(None), bool, int, float, str)


@dataclass(frozen=True)
class Wish:
    """What the process that runs the script offers.

    Args:
        workers: How many worker processes may run trials; `auto` for as many as are of use; `None` for none.
        useful: How many would be of use on this box.
        peculiarity: What a worker process would lack, in words, or empty.
    """

    workers: WorkerCount | None
    useful: int
    peculiarity: str = ""


@dataclass(frozen=True)
class Placement:
    """Where trials run.

    Args:
        workers: The number of worker processes; 0 for the script's own process.
        reason: Why the script's own process, in a few words.
    """

    workers: int
    reason: str = ""


def place_trials(tuner: BaseTuner, fit_args: Sequence[Any], fit_kwargs: Mapping[str, Any], wish: Wish) -> Placement:
    """Decide where the trials of `tuner.search(*fit_args, **fit_kwargs)` run.

    Worker processes must give the same trials with the same results, and the script must not be able to tell. So
    everything that could make a difference, and everything that is not known, means the script's own process.
    """
    if wish.workers is None:
        return Placement(0, "no worker processes were asked for")
    count = wish.useful if wish.workers == "auto" else wish.workers
    reason = (
        _of_tuner(tuner)
        or ("more than one at a time would be no faster" if wish.workers == "auto" and count < 2 else "")
        or _of_oracle(tuner, wish.workers == "auto")
        or wish.peculiarity
        or _of_hypermodel(tuner.hypermodel)
        or _of_arguments(fit_args, fit_kwargs)
    )
    return Placement(0, reason) if reason else Placement(count)


def _of_tuner(tuner: BaseTuner) -> str:
    cls = type(tuner)
    if not (cls.__module__.startswith(_OURS) and cls.__name__ in _STOCK_TUNERS):
        if cls.__module__.startswith(_OURS):
            return f"trials of {cls.__name__} depend on each other"
        own = sorted(name for base in _own_classes(cls) for name in vars(base) if callable(vars(base)[name]))
        overridden = [name for name in own if name != "__init__"]
        return f"{cls.__name__} overrides {', '.join(overridden)}" if overridden else f"{cls.__name__} is a subclass"
    replaced = [name for name in vars(tuner) if callable(getattr(cls, name, None))]
    if replaced:
        return f"{', '.join(replaced)} was replaced on the tuner"
    for name in ("optimizer", "loss", "metrics", "distribution_strategy"):
        if not _is_plain(getattr(tuner, name, None)):
            return f"the tuner was given an object as {name}"
    return ""


def _own_classes(cls: type) -> list[type]:
    return [base for base in cls.__mro__ if not base.__module__.startswith(_OURS) and base is not object]


def _of_oracle(tuner: BaseTuner, chosen_here: bool) -> str:
    cls = type(tuner.oracle)
    if not cls.__module__.startswith(_OURS):
        return f"{cls.__name__} is an oracle of the script's own"
    if isinstance(tuner.oracle.objective, MultiObjective):
        return "there are several objectives"
    if chosen_here and cls is not RandomSearchOracle:
        return "what this tuner proposes depends on the order in which trials end (--workers N accepts that)"
    return ""


def _of_hypermodel(hypermodel: HyperModel | None) -> str:
    if hypermodel is None:
        return "there is no hypermodel"
    if isinstance(hypermodel, FunctionHyperModel):
        found = noticeable(hypermodel.function)
        name = hypermodel.name or "the build function"
    else:
        cls = type(hypermodel)
        if cls.__module__.startswith(_OURS):
            return ""
        name = cls.__name__
        if cls.fit is not HyperModel.fit:
            return f"{name} overrides fit"
        if cls.declare_hyperparameters is not HyperModel.declare_hyperparameters:
            return f"{name} overrides declare_hyperparameters"
        found = noticeable(hypermodel)
    return f"{name} may do what other processes would not show: {found}" if found else ""


def _of_arguments(fit_args: Sequence[Any], fit_kwargs: Mapping[str, Any]) -> str:
    for position, value in enumerate(fit_args):
        if not _is_data(value):
            return f"argument {position + 1} of search() is a {type(value).__name__}, not an array"
    for name, value in fit_kwargs.items():
        if name == "callbacks":
            for callback in value or ():
                cls = type(callback)
                if not cls.__module__.startswith("keras.") or cls.__name__ not in _CALLBACKS:
                    return f"the callback {cls.__name__} may keep or write something that the script looks at"
        elif not _is_data(value):
            return f"{name} of search() is a {type(value).__name__}, not an array"
    return ""


def _is_data(value: Any) -> bool:
    """Arrays, tables, and what is made of them and of plain values."""
    cls = type(value)
    if cls.__module__ == "numpy" and cls.__name__ == "ndarray":
        return not value.dtype.hasobject
    if cls.__module__.partition(".")[0] == "pandas":
        return cls.__name__ in ("DataFrame", "Series")
    if isinstance(value, dict):
        return all(_is_plain(key) and _is_data(each) for key, each in value.items())
    if cls in (tuple, list):
        return all(map(_is_data, value))
    return _is_plain(value)


def _is_plain(value: Any) -> bool:
    return isinstance(value, _PLAIN) or (type(value) in (tuple, list) and all(map(_is_plain, value)))
