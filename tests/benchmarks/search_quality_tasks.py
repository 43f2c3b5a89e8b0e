"""The tasks of `search_quality.py`: functions of our own with known optima, and recorded ones where they are at hand.

All are minimised. One half, `Task.chosen`, is for choosing settings; the other is for reporting. Those of
`search_quality_unseen.py` and `search_quality_held_back.py` are for the last look.
"""

from __future__ import annotations

import importlib.util
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.measure import ROOT
from numpy.typing import NDArray

Values = Mapping[str, Any]
Score = Callable[[Values], float]


@dataclass(frozen=True)
class Parameter:
    """One hyperparameter of a task.

    Args:
        name: Its name.
        kind: `float`, `int`, `category`, or `ordinal` for some numbers in their order.
        low: Least value of a number.
        high: Largest value of a number.
        log: Whether its scale is logarithmic.
        choices: The values of a category or an ordinal.
        parent: Name of another one and the values of it with which this one is active; `None` for always.
    """

    name: str
    kind: str
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    choices: tuple[Any, ...] = ()
    parent: tuple[str, tuple[Any, ...]] | None = None

    def is_active(self, values: Values) -> bool:
        return self.parent is None or values.get(self.parent[0]) in self.parent[1]

    def at(self, share: float) -> Any:
        """The value at this share, in [0, 1), of the scale."""
        if self.choices:
            return self.choices[int(share * len(self.choices))]
        if self.kind == "int" and not self.log:
            return int(self.low) + int(share * (int(self.high) - int(self.low) + 1))
        value = self.low * (self.high / self.low) ** share if self.log else self.low + share * (self.high - self.low)
        return round(value) if self.kind == "int" else value

    def share(self, value: Any) -> float:
        """Where a value lies on the scale, in [0, 1]."""
        if self.choices:
            return (self.choices.index(value) + 0.5) / len(self.choices)
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return float((value - self.low) / (self.high - self.low))


@dataclass(frozen=True)
class Task:
    """Something to minimise.

    Args:
        name: Its name.
        family: What kind of space it has.
        chosen: Whether settings may be chosen by it.
        parameters: The space; parents come first.
        score: The true value of a configuration.
        best: The least value, or the least known; `None` if it is still to be found.
        noise: Standard deviation of what is added to what a search sees, in units of best to median of random.
        unseen: Whether nobody may look at it before all settings are chosen.
        held_back: Whether it is one of the second set of these.
        reference: Finds the least value known and the median of random configurations, if that takes a way of its own.
    """

    name: str
    family: str
    chosen: bool
    parameters: tuple[Parameter, ...]
    score: Score
    best: float | None = 0.0
    noise: float = 0.0
    unseen: bool = False
    held_back: bool = False
    reference: Callable[[], tuple[float, float]] | None = None

    def define(self, hp: Any) -> None:
        """Define the space in `HyperParameters`, ours or KerasTuner's."""
        for each in self.parameters:
            with ExitStack() as scopes:
                for parent, values in self._scopes(each):
                    scopes.enter_context(hp.conditional_scope(parent, list(values)))
                if each.choices:
                    hp.Choice(each.name, list(each.choices), ordered=each.kind == "ordinal")
                else:
                    number = hp.Int if each.kind == "int" else hp.Float
                    ends = (int(each.low), int(each.high)) if each.kind == "int" else (each.low, each.high)
                    number(each.name, *ends, sampling="log" if each.log else "linear")

    def _scopes(self, parameter: Parameter) -> list[tuple[str, tuple[Any, ...]]]:
        """The conditions of a hyperparameter, those of its parents before its own."""
        if parameter.parent is None:
            return []
        (parent,) = [each for each in self.parameters if each.name == parameter.parent[0]]
        return [*self._scopes(parent), parameter.parent]

    def drawn(self, rng: np.random.Generator) -> dict[str, Any]:
        """A random configuration."""
        values: dict[str, Any] = {}
        for each in self.parameters:
            if each.is_active(values):
                values[each.name] = each.at(float(rng.random()))
        return values

    def near(self, values: Values, step: float, rng: np.random.Generator) -> dict[str, Any]:
        """A configuration that differs in about two hyperparameters."""
        changed: dict[str, Any] = {}
        for each in self.parameters:
            if each.is_active(changed):
                old = values.get(each.name)
                if old is None or (each.kind == "category" and rng.random() < 1 / len(self.parameters)):
                    changed[each.name] = each.at(float(rng.random()))
                elif each.kind != "category" and rng.random() < 2 / len(self.parameters):
                    share = float(np.clip(each.share(old) + step * rng.normal(), 0.0, 1.0 - 1e-12))
                    changed[each.name] = each.at(share)
                else:
                    changed[each.name] = old
        return changed


def floats(count: int, low: float = 0.0, high: float = 1.0) -> tuple[Parameter, ...]:
    """So many numbers, all of one scale."""
    return tuple(Parameter(f"x{number}", "float", low, high) for number in range(count))


def _list(values: Values) -> list[float]:
    return [values[name] for name in sorted(values)]


def _branin(values: Values) -> float:
    x, y = 15 * values["x0"] - 5, 15 * values["x1"]
    bowl = (y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6) ** 2
    return float(bowl + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10 - 0.39788735772973816)


def _rosenbrock(values: Values) -> float:
    x = 4 * np.array(_list(values)) - 2
    return math.log1p(float((100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()))


def _levy(values: Values) -> float:
    w = 1 + (20 * np.array(_list(values)) - 11) / 4
    inner = ((w[:-1] - 1) ** 2 * (1 + 10 * np.sin(math.pi * w[:-1] + 1) ** 2)).sum()
    last = (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2)
    return float(math.sin(math.pi * w[0]) ** 2 + inner + last)


def _bowl(values: Values) -> float:
    centers = (0.23, 0.71, 0.48, 0.86, 0.35)
    weights = (4.0, 2.0, 1.0, 0.5, 0.1)
    return float(sum(w * (x - c) ** 2 for w, x, c in zip(weights, _list(values), centers, strict=True)))


def _recipe(seed: int, categories: int, choices: int) -> tuple[tuple[Parameter, ...], Score]:
    """Categories with effects of their own and in pairs, and two numbers whose best values depend on the first one."""
    rng = np.random.default_rng(seed)
    single = rng.normal(size=(categories, choices))
    pairs = 0.4 * rng.normal(size=(categories, choices, choices))
    centers = 0.15 + 0.7 * rng.random((choices, 2))

    def table(chosen: Sequence[int]) -> float:
        following = (*chosen[1:], chosen[0])
        return float(sum(single[n, i] + pairs[n, i, j] for n, (i, j) in enumerate(zip(chosen, following, strict=True))))

    least = min(map(table, product(range(choices), repeat=categories)))
    parameters = [
        Parameter(f"c{n}", "category", choices=tuple(f"v{i}" for i in range(choices))) for n in range(categories)
    ]
    parameters += [Parameter("x0", "float"), Parameter("x1", "float")]

    def score(values: Values) -> float:
        chosen = [int(values[f"c{number}"][1:]) for number in range(categories)]
        away = np.array([values["x0"], values["x1"]]) - centers[chosen[0]]
        return table(chosen) - least + 6.0 * float(away @ away)

    return tuple(parameters), score


_BRANCHES = (
    Parameter("model", "category", choices=("linear", "forest", "net")),
    Parameter("scaling", "category", choices=("none", "standard", "quantile")),
    Parameter("l2", "float", 1e-6, 1e1, True, parent=("model", ("linear",))),
    Parameter("depth", "int", 1, 20, parent=("model", ("forest",))),
    Parameter("trees", "int", 8, 512, True, parent=("model", ("forest",))),
    Parameter("share", "float", 0.05, 1.0, parent=("model", ("forest",))),
    Parameter("rate", "float", 1e-5, 1e-1, True, parent=("model", ("net",))),
    Parameter("units", "int", 8, 512, True, parent=("model", ("net",))),
    Parameter("dropout", "float", 0.0, 0.8, parent=("model", ("net",))),
)


def _branches(values: Values) -> float:
    """The net is best, if it is tuned; untuned, it is worst."""
    scaling = {"none": 0.2, "standard": 0.0, "quantile": 0.05}[values["scaling"]]
    if values["model"] == "linear":
        return 0.5 + scaling + 0.02 * (math.log10(values["l2"]) + 2) ** 2
    if values["model"] == "forest":
        shape = 0.004 * (values["depth"] - 11) ** 2 + 0.03 * (math.log2(values["trees"]) - 9) ** 2
        return float(0.25 + shape + 0.4 * (values["share"] - 0.4) ** 2)
    width = math.log2(values["units"]) - 7
    rate = math.log10(values["rate"]) + 3 + 0.2 * width
    dropout: float = values["dropout"] - 0.25
    return 2 * scaling + 0.5 * rate**2 + 0.05 * width**2 + 1.5 * dropout**2


_DEPTH = 5
_LAYERS = (
    Parameter("optimizer", "category", choices=("adam", "sgd", "rmsprop")),
    Parameter("momentum", "float", 0.0, 0.99, parent=("optimizer", ("sgd",))),
    Parameter("rate", "float", 1e-5, 1.0, True),
    Parameter("regularize", "category", choices=("none", "dropout", "weights")),
    Parameter("dropout", "float", 0.0, 0.7, parent=("regularize", ("dropout",))),
    Parameter("decay", "float", 1e-7, 1e-1, True, parent=("regularize", ("weights",))),
    Parameter("layers", "int", 1, _DEPTH),
    *(
        Parameter(f"units{n}", "int", 8, 512, True, parent=("layers", tuple(range(n + 1, _DEPTH + 1))))
        for n in range(_DEPTH)
    ),
)


def _layers(values: Values) -> float:
    """What a `build_model` looks like: as many widths as layers, and settings of what was chosen."""
    center = {"adam": -3.0, "rmsprop": -3.4, "sgd": -1.2}[values["optimizer"]] - 0.1 * values["layers"]
    rate = math.log10(values["rate"]) - center
    total = 0.4 * rate**2 if rate < 1.5 else 2.0 + rate
    total += {"adam": 0.0, "rmsprop": 0.08, "sgd": 0.12}[values["optimizer"]] + 0.08 * (values["layers"] - 3) ** 2
    if values["optimizer"] == "sgd":
        total += 0.4 * (values["momentum"] - 0.9) ** 2
    for number in range(values["layers"]):
        total += 0.05 * (math.log2(values[f"units{number}"]) - 8 + 0.8 * number) ** 2
    if values["regularize"] == "dropout":
        return float(total + 1.5 * (values["dropout"] - 0.3) ** 2)
    none = values["regularize"] == "none"
    return float(total + (0.15 if none else 0.1 + 0.03 * (math.log10(values["decay"]) + 4) ** 2))


_NESTED = (
    Parameter("booster", "category", choices=("tree", "dart", "linear")),
    Parameter("eta", "float", 1e-4, 1.0, True, parent=("booster", ("tree", "dart"))),
    Parameter("grow", "category", choices=("depth", "leaves"), parent=("booster", ("tree", "dart"))),
    Parameter("max_depth", "int", 1, 16, parent=("grow", ("depth",))),
    Parameter("max_leaves", "int", 4, 512, True, parent=("grow", ("leaves",))),
    Parameter("drop", "float", 0.0, 1.0, parent=("booster", ("dart",))),
    Parameter("skip", "float", 0.0, 1.0, parent=("booster", ("dart",))),
    Parameter("updater", "category", choices=("shotgun", "cyclic", "greedy"), parent=("booster", ("linear",))),
    Parameter("top", "int", 1, 32, parent=("updater", ("greedy",))),
    Parameter("l1", "float", 1e-5, 1e2, True),
    Parameter("l2", "float", 1e-5, 1e2, True),
    Parameter("rounds", "int", 8, 1024, True),
)


def _nested(values: Values) -> float:
    """Conditions within conditions, and a best number of rounds that depends on the rate."""
    penalty = 0.02 * (math.log10(values["l1"]) + 2) ** 2 + 0.02 * (math.log10(values["l2"]) - 0.3) ** 2
    rounds = math.log2(values["rounds"])
    if values["booster"] == "linear":
        kind = {"shotgun": 0.1, "cyclic": 0.05, "greedy": 0.0}[values["updater"]]
        fine = 0.0003 * (values["top"] - 20) ** 2 if values["updater"] == "greedy" else 0.0
        return 0.35 + kind + fine + penalty + 0.01 * (rounds - 6) ** 2
    total = penalty + 0.06 * (rounds - 8 + 2.0 * (math.log10(values["eta"]) + 1.2)) ** 2
    total += 0.1 * (math.log10(values["eta"]) + 1.2) ** 2
    if values["grow"] == "depth":
        total += 0.05 + 0.008 * (values["max_depth"] - 6) ** 2
    else:
        total += 0.05 * (math.log2(values["max_leaves"]) - 5) ** 2
    if values["booster"] == "dart":
        total += -0.04 + 0.6 * (values["drop"] - 0.1) ** 2 + 0.3 * (values["skip"] - 0.5) ** 2
    return total + 0.04


def own_tasks() -> Iterator[Task]:
    """What needs no files."""
    plain, large = _recipe(1, 4, 4), _recipe(2, 3, 8)
    yield Task("branin", "smooth", True, floats(2), _branin)
    yield Task("levy4", "smooth", False, floats(4), _levy)
    yield Task("rosenbrock4", "smooth", False, floats(4), _rosenbrock)
    yield Task("noisy_bowl5", "noisy", True, floats(5), _bowl, noise=0.1)
    yield Task("noisy_layers", "noisy", False, _LAYERS, _layers, noise=0.05)
    yield Task("recipe4x4", "categorical", True, *plain)
    yield Task("recipe3x8", "categorical", False, *large)
    yield Task("branches", "conditional", True, _BRANCHES, _branches)
    yield Task("layers", "conditional", False, _LAYERS, _layers)
    yield Task("nested", "conditional", False, _NESTED, _nested)


def recorded_tasks() -> list[Task]:
    """Those of `lcbench.py` and `synth.py` in the folder that `TUI_TUNER_BENCH` names; none if they are not there."""
    _, synth = bench()
    tasks: list[Task] = []
    if synth is not None:
        for name, family in (("hartmann6", "smooth"), ("netlike", "conditional")):
            function = synth.ALL[name]()
            tasks.append(Task(name, family, True, tuple(map(of_synth, function.space)), function, function.opt))
    for number, network in enumerate(networks()):
        score = _final(network)
        tasks.append(Task(f"lcbench_{network.name}", "lcbench", network.chosen, network.parameters, score, None))
        if number < 6:
            parameters, score = _conditional(network.parameters, score)
            tasks.append(Task(f"options_{network.name}", "options", network.chosen, parameters, score, None))
    return tasks


def bench() -> tuple[Any | None, Any | None]:
    """The modules `lcbench` and `synth` of the folder that `TUI_TUNER_BENCH` names; `None` for what is not there."""
    folder = Path(os.environ.get("TUI_TUNER_BENCH", ROOT.parent / "shared" / "bench"))
    lcbench = _module(folder / "lcbench.py") if (folder / "lcbench.npz").is_file() else None
    return lcbench, _module(folder / "synth.py")


@dataclass(frozen=True)
class Network:
    """A recorded network of LCBench.

    Args:
        name: Of its data.
        chosen: Whether settings may be chosen by it.
        parameters: The space.
        curve: What `lcbench.OUTPUTS` names, first the time and the accuracy in percent, of a configuration after each
            epoch, shape `(epochs, outputs)`.
    """

    name: str
    chosen: bool
    parameters: tuple[Parameter, ...]
    curve: Callable[[Values, Iterable[int]], NDArray[np.float64]]


def networks() -> Iterator[Network]:
    """Those in the folder that `TUI_TUNER_BENCH` names; none if they are not there."""
    lcbench, _ = bench()
    if lcbench is None:
        return
    recorded = lcbench.LCBench()
    space = tuple(Parameter(name, *definition) for name, definition in lcbench.SPACE.items())
    for number, name in enumerate(recorded.tasks):
        yield Network(name, number % 2 == 0, space, partial(_curve, recorded, name))


def _curve(recorded: Any, name: str, values: Values, epochs: Iterable[int]) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):
        return np.asarray(recorded.curve(name, values, epochs), np.float64)


def _final(network: Network) -> Score:
    def score(values: Values) -> float:
        """Validation error in percent after the last epoch."""
        return 100.0 - float(network.curve(values, [51])[0, 1])

    return score


def _conditional(space: Sequence[Parameter], score: Score) -> tuple[tuple[Parameter, ...], Score]:
    """The same with choices of what is used at all, as a `build_model` has them."""
    options = {"momentum": 0.1, "weight_decay": 1e-5, "max_dropout": 0.0}
    parameters = [each for each in space if each.name not in options]
    for each in space:
        if each.name in options:
            parameters.append(Parameter(f"use_{each.name}", "category", choices=("no", "yes")))
            parameters.append(replace(each, parent=(f"use_{each.name}", ("yes",))))
    return tuple(parameters), lambda values: score({**options, **values})


def of_synth(given: Mapping[str, Any]) -> Parameter:
    """A hyperparameter as `synth.py` describes it."""
    parent = None if given["cond"] is None else (given["cond"][0], tuple(given["cond"][1]))
    if given["type"] == "cat":
        return Parameter(given["name"], "category", choices=tuple(given["choices"]), parent=parent)
    return Parameter(given["name"], given["type"], given["low"], given["high"], given["log"], parent=parent)


def _module(file: Path) -> Any | None:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None or not file.is_file():
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
