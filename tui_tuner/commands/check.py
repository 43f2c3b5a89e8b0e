"""`tui-tuner check CONFIG`: what would spoil a search, and what it will take, before it burns hours."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tui_tuner.analysis.formatting import (
    NOTHING,
    format_bytes,
    format_count,
    format_duration,
    format_number,
    format_value,
)
from tui_tuner.analysis.text import clean
from tui_tuner.commands.run import Overrides
from tui_tuner.engine import json_values

if TYPE_CHECKING:
    from tui_tuner.configs.plan import SearchPlan
    from tui_tuner.worker.aside_jobs import Told
    from tui_tuner.worker.jobs import Finding
    from tui_tuner.worker.probe_jobs import Point, Probe

EXIT_FOUND = 1

_VALUES_WIDTH = 60


@dataclass(frozen=True)
class Checked:
    """What came of it.

    Args:
        least_s: How long all trials take at least, by the quickest and by the slowest step; `None` if that is unknown.
    """

    probe: Probe
    findings: tuple[Finding, ...]
    workers: int | None
    least_s: tuple[float, float] | None


def check_command(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="The search as a YAML file.")],
    overrides: Overrides = None,
    points: Annotated[
        int, typer.Option("--points", metavar="N", min=0, help="How many models to build at random points.")
    ] = 8,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look at a search before it runs: build its model at the corners and at random points of the space, time a few
    steps, and say what would spoil it, each with the fix. Begins no search and changes nothing.

    Exit code 1 if something was found. What is quick, run does itself.
    """
    from tui_tuner.configs.assemble import plan_dry
    from tui_tuner.configs.load import load_config

    plan = plan_dry(load_config(config, overrides or []))
    checked = check(plan, points)
    if as_json:
        print(json_values.dump(_as_json(checked)))
    else:
        print("\n".join(report(plan, checked)))
    if checked.findings:
        raise typer.Exit(EXIT_FOUND)


def check(plan: SearchPlan, points: int) -> Checked:
    """Look at a search.

    Raises:
        TunerError: If its data or its model cannot be used at all.
    """
    from tui_tuner.configs.asked_for import of_the_metrics, of_the_space
    from tui_tuner.executors.aside_process import run_aside
    from tui_tuner.worker.probe_jobs import Probe, ProbeJob

    wanted = None if plan.spec.tuner == "hyperband" else plan.spec.max_trials
    with tempfile.TemporaryDirectory(prefix="tui-tuner-") as scratch:
        log = Path(scratch) / "log.txt"
        probe = run_aside(ProbeJob(plan.task, points, wanted), log, gpus=plan.gpus, tell=_say)
    assert isinstance(probe, Probe)
    workers = _workers(plan)
    least_s = _least_s(plan, probe, workers or 1)
    found = (*probe.findings, *of_the_space(plan.spec, probe.space), *of_the_metrics(plan.spec, probe.metrics))
    findings = (*plan.spec.findings, *found, *_of_the_machine(plan, probe, workers, least_s))
    return Checked(probe, findings, workers, least_s)


def _say(told: Told) -> None:
    """What goes on, for a person who waits."""
    from tui_tuner.worker.probe_jobs import Activity

    if isinstance(told, Activity) and sys.stderr.isatty():
        print(f"\r\x1b[K{told.text}…", end="", file=sys.stderr, flush=True)


def _workers(plan: SearchPlan) -> int | None:
    """How many trials run at once; `None` on a cluster."""
    from tui_tuner.executors.workers import plan_workers

    if plan.executor == "ray":
        return None
    return 1 if plan.executor == "inline" else len(plan_workers(plan.workers, plan.gpus, plan.workers_per_gpu))


def _least_s(plan: SearchPlan, probe: Probe, workers: int) -> tuple[float, float] | None:
    """How long all trials take at least, with the quickest and with the slowest step."""
    epochs = planned_epochs(plan, probe.configurations)
    times = [point.step_s for point in probe.points if point.step_s is not None]
    if epochs is None or probe.steps is None or not times:
        return None
    steps = epochs * plan.spec.executions_per_trial * probe.steps
    return steps * min(times) / workers, steps * max(times) / workers


def planned_epochs(plan: SearchPlan, configurations: int | None) -> int | None:
    """The epochs of one execution of all trials together, at the least; `None` without a limit of trials."""
    from tui_tuner.oracles.brackets import Schedule
    from tui_tuner.oracles.rungs import Ladder, usual_min_epochs

    epochs = plan.spec.epochs or 1
    if plan.spec.tuner == "hyperband":
        schedule = Schedule(epochs, int(plan.oracle.get("factor", 3)))
        rounds = [(bracket, round_) for bracket in range(schedule.brackets) for round_ in range(bracket + 1)]
        once = sum(
            schedule.size(bracket, round_)
            * (schedule.epochs(bracket, round_) - (schedule.epochs(bracket, round_ - 1) if round_ else 0))
            for bracket, round_ in rounds
        )
        return once * int(plan.oracle.get("hyperband_iterations", 1))
    known = [count for count in (plan.spec.max_trials, configurations) if count is not None]
    if not known:
        return None
    if plan.spec.tuner != "asha":
        return min(known) * epochs
    factor = int(plan.oracle.get("factor", 3))
    lowest = int(plan.oracle.get("min_epochs") or usual_min_epochs(epochs, factor))
    return Ladder(lowest, epochs, factor).least_epochs(min(known))


def _may_end_early(plan: SearchPlan) -> bool:
    """Whether trainings may have fewer epochs than they are given."""
    from tui_tuner.configs.keras_callbacks import callback_class

    return plan.pruner != "none" or "EarlyStopping" in map(callback_class, plan.task.callbacks)


def _of_the_machine(
    plan: SearchPlan, probe: Probe, workers: int | None, least_s: tuple[float, float] | None
) -> Iterator[Finding]:
    from tui_tuner.checks.budget import little_time
    from tui_tuner.checks.machine import little_disk, much_memory
    from tui_tuner.executors.gpus import find_gpus, memory_by_card
    from tui_tuner.executors.memory import fair_share_bytes

    found = []
    if least_s is not None and not _may_end_early(plan):
        found.append(little_time(least_s[0], plan.spec.max_time_s))
    largest = max((point.memory_bytes or 0 for point in probe.points), default=0)
    if workers is not None:
        gpus = find_gpus(plan.gpus)
        cards = memory_by_card() if gpus else {}
        known = [mib for gpu in gpus if (mib := gpu.memory_mib or cards.get(gpu.uuid)) is not None]
        if known:
            share = min(known) * 2**20 // plan.workers_per_gpu
            found.append(much_memory(largest, share, "a worker's share of its GPU"))
        elif not gpus:
            found.append(much_memory(largest, fair_share_bytes(workers), "a worker's share of the memory"))
    heaviest = max((point.weights_bytes for point in probe.points), default=0)
    kept = _kept_checkpoints(plan.spec.keep_checkpoints, plan.spec.max_trials or probe.configurations or 1)
    root = plan.spec.directory.root
    there = next(each for each in (root, *root.absolute().parents) if each.is_dir())
    found.append(little_disk(shutil.disk_usage(there).free, heaviest * kept, str(there)))
    yield from (each for each in found if each is not None and each not in probe.findings)


def _kept_checkpoints(keep: str, trials: int) -> int:
    """How many trials' weights lie on the disk at the end."""
    if keep == "all":
        return trials
    number = keep.rpartition(" ")[2]
    return min(trials, int(number)) if number.isdigit() else 1


# What is printed.


def report(plan: SearchPlan, checked: Checked) -> Iterator[str]:
    """The answer, line by line."""
    probe = checked.probe
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    spec = plan.spec
    count = "infinitely many" if probe.configurations is None else format_count(probe.configurations)
    limit = "" if spec.max_trials is None else f", {format_count(spec.max_trials, 'trial')}"
    epochs = f" of up to {format_count(spec.epochs, 'epoch')}" if spec.epochs else ""
    yield f"{clean(spec.name)}: {clean(spec.tuner)} search among {count} configurations{limit}{epochs}"
    yield f"data: {_data(probe)}"
    yield ""
    yield from _table(probe.points)
    yield ""
    if checked.least_s is not None:
        unless = ", if none ends early" if _may_end_early(plan) else ""
        yield f"all trials take at least {_time(checked)}{unless}, by the steps timed here"
    for note in probe.notes:
        yield clean(note)
    if not checked.findings:
        yield "nothing to warn of"
    for finding in checked.findings:
        yield f"warning: {clean(finding.text)}"
        yield f"    fix: {clean(finding.fix)}"


def _data(probe: Probe) -> str:
    data = probe.data
    parts = [
        f"{rows:,} {words}"
        for rows, words in (
            (data.train_rows, "rows to search on"),
            (probe.validation_rows, "of them to validate"),
            (data.test_rows, "held-out test rows"),
        )
        if rows
    ]
    return ", ".join([*parts, f"input shape {clean(data.input_shape)}"])


def _time(checked: Checked) -> str:
    assert checked.least_s is not None
    low, high = (format_duration(each, fine=True) for each in checked.least_s)
    workers = "" if checked.workers is None else f" with {format_count(checked.workers, 'worker')}"
    return (low if low == high else f"{low} to {high}") + workers


def _table(points: Sequence[Point]) -> Iterator[str]:
    rows = [("built at", "parameters", "memory", "step", "values"), *map(_row, points)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for label, *numbers, values in rows:
        columns = [label.ljust(widths[0]), *map(str.rjust, numbers, widths[1:]), values]
        yield f"  {'  '.join(columns)}".rstrip()


def _row(point: Point) -> tuple[str, str, str, str, str]:
    parameters = NOTHING if point.parameters is None else f"{point.parameters:,}"
    step = "" if point.step_s is None else f"{format_number(point.step_s * 1000)} ms"
    values = " ".join(f"{clean(name)}={format_value(value)}" for name, value in point.values.items())
    return point.label, parameters, format_bytes(point.memory_bytes), step, format_value(values, _VALUES_WIDTH)


def _as_json(checked: Checked) -> Mapping[str, Any]:
    probe = checked.probe
    return {
        "findings": [asdict(finding) for finding in checked.findings],
        "configurations": probe.configurations,
        "train_rows": probe.data.train_rows,
        "validation_rows": probe.validation_rows,
        "test_rows": probe.data.test_rows,
        "points": [asdict(point) for point in probe.points],
        "metrics": list(probe.metrics),
        "workers": checked.workers,
        "least_s": None if checked.least_s is None else list(checked.least_s),
        "notes": list(probe.notes),
    }
