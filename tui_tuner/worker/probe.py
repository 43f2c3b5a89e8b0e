"""A long look at a search before it runs: models all over its space, a few steps of training. Imports Keras."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from statistics import median
from typing import Any

import keras

from tui_tuner.checks.effects import names_without_effect, points, without_effect
from tui_tuner.checks.metrics import unknown_directions, unreported_objective
from tui_tuner.configs.dataset import is_array_like, map_leaves
from tui_tuner.configs.model_reference import ModelBuilder, ReferenceKind, parse_reference, resolve_model
from tui_tuner.space import HyperParameters, explore
from tui_tuner.space.configurations import count, ordered_definitions
from tui_tuner.worker.execution import build_model
from tui_tuner.worker.failures import one_line
from tui_tuner.worker.first_look import first_look, validation_rows
from tui_tuner.worker.jobs import Finding, Task
from tui_tuner.worker.memory import forget_models
from tui_tuner.worker.probe_jobs import Activity, Point, Probe, ProbeJob
from tui_tuner.worker.summaries import weights_bytes
from tui_tuner.worker.training_data import TrainingData, load_training_data

_CORNERS = 4
_TIMED_STEPS = 5
_DEFAULT_BATCH = 32
_FLOAT_BYTES = 4
_SHOWN_FAILURES = 3


def probe(job: ProbeJob, tell: Callable[[Activity], None]) -> Probe:
    """Look at a search.

    Raises:
        TunerError: If the data or the model cannot be found or used.
        Exception: What the user's code raises for the default values.
    """
    task = job.task
    tell(Activity("loading the data"))
    data = load_training_data(task)
    is_ready_made = parse_reference(task.model).kind is ReferenceKind.READY_MADE
    builder = resolve_model(task.model, data.shape if is_ready_made else None)
    tell(Activity("building the model"))
    built: list[Any] = []
    space = explore(HyperParameters(), lambda hp: built.append(build_model(builder, hp)))
    findings = list(first_look(task, data, built[0], space, job.max_trials, own_fit=builder.fit is not None))
    del built[:]
    bench = _Bench(task, data, builder, space)
    seen = bench.look_at(_labelled(space, job.points), tell)
    findings += _failures(seen)
    notes = []
    metrics: tuple[str, ...] = ()
    if builder.fit is not None:
        notes.append("The hypermodel trains by a fit of its own: no step was timed, and what it reports is not known.")
    else:
        tell(Activity("training a few steps"))
        seen = bench.time_some(seen)
        metrics = bench.reported()
        objective = unreported_objective(task.objective, metrics) if metrics else None
        directions = unknown_directions(metrics, task.objective)
        findings += [found for found in (objective, directions) if found is not None]
        tell(Activity("looking for hyperparameters without effect"))
        until = time.monotonic() + job.effects_s
        named = names_without_effect(
            space, [point.values for point in seen], bench.signature, lambda: time.monotonic() < until
        )
        effect = without_effect(named)
        findings += [effect] if effect is not None else []
        if time.monotonic() >= until:
            notes.append(f"Not every hyperparameter was tried for its effect within {job.effects_s:g} s.")
    return Probe(
        findings=tuple(findings),
        data=data.summary,
        validation_rows=validation_rows(task, data.dataset),
        configurations=count(ordered_definitions(space)),
        space=space.get_config(),
        points=seen,
        steps=bench.steps,
        metrics=metrics,
        notes=tuple(notes),
    )


Places = list[tuple[str, Mapping[str, Any]]]
"""Configurations with where in the space they are."""


def _labelled(space: HyperParameters, at_random: int) -> Places:
    """The configurations to build: the defaults, corners, and some at random; each once."""
    draw = random.Random(0)  # the same config is always looked at in the same places
    size = len(space.space)
    labelled: Places = [("defaults", dict(space.values))]
    corners = [[draw.choice((0.0, 1.0)) for _ in range(size)] for _ in range(_CORNERS)]
    anywhere = [[draw.random() for _ in range(size)] for _ in range(at_random)]
    for label, places in (
        ("smallest values", [[0.0] * size]),
        ("largest values", [[1.0] * size]),
        ("corner", corners),
        ("random", anywhere),
    ):
        known = [values for _, values in labelled]
        labelled += [(label, values) for values in points(space, places) if values not in known]
    return labelled


def _failures(seen: tuple[Point, ...]) -> list[Finding]:
    failed = [point for point in seen if point.failure]
    found = []
    for point in failed[:_SHOWN_FAILURES]:
        at = ", ".join(f"{name}={value}" for name, value in point.values.items())
        fix = "Handle it in build_model, or narrow the ranges: such a trial fails."
        found.append(Finding("build", f"the model cannot be built at {at}: {point.failure}", fix))
    return found


class _Bench:
    """Builds, trains and measures single models."""

    def __init__(self, task: Task, data: TrainingData, builder: ModelBuilder, space: HyperParameters) -> None:
        self._task = task
        self._data = data
        self._builder = builder
        self._space = space
        self._batch_size = int(task.fit.get("batch_size") or _DEFAULT_BATCH)
        self._rows = self._first_batch()

    @property
    def steps(self) -> int | None:
        """Training steps of an epoch."""
        given = self._task.fit.get("steps_per_epoch")
        if given is not None:
            return int(given)
        rows = self._data.dataset.train_rows
        if rows is None or self._data.dataset.y_train is None:
            return None
        held_out = 0
        if self._data.dataset.validation is None:
            judged = validation_rows(self._task, self._data.dataset) or 0
            held_out = rows // self._task.folds if self._task.folds > 1 else judged
        return max(1, math.ceil((rows - held_out) / self._batch_size))

    def look_at(
        self, labelled: list[tuple[str, Mapping[str, Any]]], tell: Callable[[Activity], None]
    ) -> tuple[Point, ...]:
        found = []
        for number, (label, values) in enumerate(labelled):
            tell(Activity(f"building model {number + 1} of {len(labelled)}"))
            point = Point(label, values)
            try:
                model = self._build(values)
                point = replace(
                    point,
                    parameters=int(model.count_params()),
                    weights_bytes=weights_bytes(model),
                    memory_bytes=self._memory(model),
                )
            except Exception as error:
                point = replace(point, failure=one_line(error))
            found.append(point)
        return tuple(found)

    def time_some(self, seen: tuple[Point, ...]) -> tuple[Point, ...]:
        """Time a step of the defaults and of the models with the fewest and the most parameters."""
        sound = [point for point in seen if point.parameters is not None]
        by_size = sorted(sound, key=lambda point: point.parameters or 0)
        chosen = {id(point) for point in (*sound[:1], *by_size[:1], *by_size[-1:])}
        return tuple(self._timed(point) if id(point) in chosen else point for point in seen)

    def reported(self) -> tuple[str, ...]:
        """What training logs; empty if the defaults cannot be trained."""
        if self._rows is None:
            return ()
        x, y = self._rows
        judges = bool(validation_rows(self._task, self._data.dataset))
        try:
            model = self._build(self._space.values)
            history = model.fit(x, y, epochs=1, verbose=0, validation_data=(x, y) if judges else None)
        except Exception:  # `_timed` has told it
            return ()
        return tuple(history.history)

    def signature(self, hp: HyperParameters) -> str | None:
        """All that a model shows of itself: layers, optimizer, loss, and the shapes of its weights."""
        try:
            model = self._build(hp.values)
            shapes = [tuple(weight.shape) for weight in model.weights]
            parts = [shapes, _config(model), _config(model.optimizer), _described(model.loss)]
        except Exception:
            return None
        return json.dumps(parts, default=_described, sort_keys=True)

    def _build(self, values: Mapping[str, Any]) -> Any:
        """A model with weights."""
        forget_models()
        keras.utils.set_random_seed(0)
        hp = self._space.copy()
        hp.values = dict(values)
        model = build_model(self._builder, hp)
        if not model.built and self._rows is not None:
            model(self._rows[0])
        return model

    def _timed(self, point: Point) -> Point:
        if self._rows is None:
            return point
        x, y = self._rows
        try:
            model = self._build(point.values)
            model.train_on_batch(x, y)  # traces and compiles
            times = []
            for _ in range(_TIMED_STEPS):
                began = time.perf_counter()
                model.train_on_batch(x, y)
                times.append(time.perf_counter() - began)
        except Exception as error:
            return replace(point, failure=f"training: {one_line(error)}")
        return replace(point, step_s=median(times))

    def _memory(self, model: Any) -> int:
        """Weights, gradients, optimizer, and what a batch leaves behind in each layer, twice: for its gradient too."""
        optimizer = model.optimizer
        if optimizer is not None and not optimizer.built:
            optimizer.build(model.trainable_variables)
        slots = sum(math.prod(each.shape) for each in optimizer.variables) if optimizer is not None else 0
        trained = sum(math.prod(each.shape) for each in model.trainable_weights)
        left_behind = sum(_numbers_in(layer) for layer in model.layers) * self._batch_size
        numbers: int = trained + slots + 2 * left_behind
        return weights_bytes(model) + _FLOAT_BYTES * numbers

    def _first_batch(self) -> tuple[Any, Any] | None:
        """Some rows; `None` where they cannot be had without using up the data."""
        dataset = self._data.dataset
        if is_array_like(dataset):
            x, y = map_leaves(self._some, dataset.x_train), map_leaves(self._some, dataset.y_train)
            return x, y
        if hasattr(dataset.x_train, "__iter__") and not hasattr(dataset.x_train, "__next__"):
            first = next(iter(dataset.x_train))
            return (first[0], first[1]) if isinstance(first, tuple) and len(first) >= 2 else None
        return None

    def _some(self, rows: Any) -> Any:
        return rows[: self._batch_size]


def _numbers_in(layer: Any) -> int:
    """How many numbers a layer gives for one row, as far as its shape is known."""
    try:
        shapes = [each.shape for each in keras.tree.flatten(layer.output)]
    except (AttributeError, ValueError):
        return 0
    return sum(math.prod(size or 1 for size in shape[1:]) for shape in shapes)


def _config(part: Any) -> Any:
    try:
        return part.get_config()
    except Exception:  # a class of the user's that cannot be described
        return type(part).__name__


def _described(part: Any) -> Any:
    """What JSON does not know: a Keras object by its configuration, anything else by its name."""
    if hasattr(part, "get_config"):
        return [type(part).__name__, _config(part)]
    name = getattr(part, "__name__", None)
    return name if name is not None else str(part)
