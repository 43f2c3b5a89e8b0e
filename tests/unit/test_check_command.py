"""What `tui-tuner check` prints, and how it reckons; `e2e/test_check.py` has the whole command."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tui_tuner.commands import check
from tui_tuner.commands.check import Checked, planned_epochs, report
from tui_tuner.configs.asked_for import of_the_metrics, of_the_space
from tui_tuner.configs.assemble import plan_dry
from tui_tuner.configs.load import load_config
from tui_tuner.configs.plan import SearchPlan
from tui_tuner.worker.jobs import DataSummary, Finding
from tui_tuner.worker.probe_jobs import Point, Probe

SPACE = {
    "space": [{"class_name": "Int", "config": {"name": "units", "min_value": 8, "max_value": 64, "step": 8}}],
    "values": {"units": 8},
}
SAMPLES = Path(__file__).parents[2] / "sample_configs"


def planned(name: str, folder: Path, *overrides: str) -> SearchPlan:
    return plan_dry(load_config(SAMPLES / f"{name}.yaml", [f"search.directory={folder}", *overrides]))


def probed(*findings: Finding) -> Probe:
    points = (
        Point("defaults", {"units": 8}, 129, 516, 4096, 0.002),
        Point("random", {"units": 64}, None, failure="no"),
    )
    return Probe(findings, DataSummary(569, 143, "(14,)"), 114, 24, SPACE, points, 15, ("loss",), ("a note",))


def test_the_answer_has_sizes_times_and_each_warning_with_its_fix(tmp_path: Path) -> None:
    plan = planned("titanic", tmp_path)
    leak = Finding("leak", "the column [b]alive", "Drop it.")
    text = "\n".join(report(plan, Checked(probed(leak), (leak,), 2, (60.0, 130.0))))
    assert text.splitlines() == [
        "titanic: bayesian search among 24 configurations, 20 trials of up to 10 epochs",
        "data: 569 rows to search on, 114 of them to validate, 143 held-out test rows, input shape (14,)",
        "",
        "  built at  parameters    memory  step  values",
        "  defaults         129  4.00 KiB  2 ms  units=8",
        "  random             —         —        units=64",
        "",
        "all trials take at least 1 min 00 s to 2 min 10 s with 2 workers, by the steps timed here",
        "a note",
        "warning: the column [b]alive",
        "    fix: Drop it.",
    ]
    assert "nothing to warn of" in list(report(plan, Checked(probed(), (), 1, None)))


def test_a_search_is_reckoned_in_epochs(tmp_path: Path) -> None:
    assert planned_epochs(planned("titanic", tmp_path), 24) == 200
    assert planned_epochs(planned("titanic", tmp_path, "search.max_trials=100"), 24) == 240  # there are no more
    hyperband = planned("digits", tmp_path, "search.max_epochs=9", "search.factor=3")
    # Brackets of 9, 5 and 3 configurations: 9*1 + 3*2 + 1*6, 5*3 + 2*6, 3*9
    assert planned_epochs(hyperband, None) == 75


@pytest.mark.parametrize(
    ("trials", "settings", "epochs"),
    [
        (25, ("fit.epochs=9",), 22 + 9),  # rungs of 1, 3 and 9: two trials go on with one that has begun
        (2, ("fit.epochs=9",), 2),
        (10, ("fit.epochs=9", "search.min_epochs=9"), 90),
        (10, ("fit.epochs=16", "search.factor=4", "search.min_epochs=4"), 9 * 4 + 12),
    ],
)
def test_with_asha_most_trials_are_short(trials: int, settings: tuple[str, ...], epochs: int, tmp_path: Path) -> None:
    asha = planned("titanic", tmp_path, "search.tuner=asha", f"search.max_trials={trials}", *settings)
    assert planned_epochs(asha, None) == epochs


@pytest.mark.parametrize("ends", ["search.pruner=median", "callbacks.early_stopping={patience: 2}"])
def test_what_may_end_early_is_no_least_time(ends: str, tmp_path: Path) -> None:
    plan = planned("titanic", tmp_path, ends, "search.max_time=1s")
    told = "\n".join(report(plan, Checked(probed(), (), 1, (60.0, 60.0))))
    assert "all trials take at least 1 min 00 s with 1 worker, if none ends early, by the steps timed here" in told
    whole = planned("titanic", tmp_path, "search.max_time=1s")
    of_time = [
        [each.topic for each in check._of_the_machine(one, probed(), None, (60.0, 60.0)) if each.topic == "time"]
        for one in (plan, whole)
    ]
    assert of_time == [[], ["time"]]


def test_the_config_is_looked_at_too(tmp_path: Path) -> None:
    plan = planned("titanic", tmp_path, "search.pruner={name: median, warmup_epochs: 30}", "search.tuner=random")
    assert [finding.topic for finding in plan.spec.findings] == ["pruner"]


def test_what_the_space_does_not_have_is_found(tmp_path: Path) -> None:
    asked = ("search.limits={units: [8, 100], unitz: [1, 2]}", "search.initial_trials=[{units: 16}, {layers: 3}]")
    found = list(of_the_space(planned("titanic", tmp_path, *asked).spec, SPACE))
    assert [finding.text.partition(": ")[0] for finding in found] == [
        "search.limits.units",
        "search.limits.unitz",
        "search.initial_trials[1]",
    ]
    assert all(finding.fix for finding in found)
    assert not list(of_the_space(planned("titanic", tmp_path, "search.limits={units: [8, 16]}").spec, SPACE))


def test_what_training_does_not_report_is_found(tmp_path: Path) -> None:
    asked = (
        "search.constraints=[params <= 2e6, parameters <= 2e6, val_loss <= 1]",
        "search.objective=[val_loss, val_recall]",
    )
    spec = planned("titanic", tmp_path, *asked).spec
    texts = [finding.text for finding in of_the_metrics(spec, ("loss", "val_loss"))]
    assert texts == [
        "params <= 2e6: training does not report params; it reports loss, val_loss",
        "the objective val_recall: training does not report val_recall; it reports loss, val_loss",
    ]
    assert not list(of_the_metrics(spec, ()))


def test_a_search_that_would_be_overwritten_is_left_alone(tmp_path: Path) -> None:
    old = tmp_path / "titanic_article" / "search.db"
    old.parent.mkdir()
    old.write_text("an old search")
    planned("titanic_article", tmp_path, "search.overwrite=true")
    assert old.read_text() == "an old search"


@pytest.mark.parametrize(("keep", "trials"), [("all", 20), ("best 3", 3), ("none", 1), ("best 50", 20)])
def test_how_many_weights_are_kept(keep: str, trials: int) -> None:
    assert check._kept_checkpoints(keep, 20) == trials


def test_the_machine_is_looked_at_for_the_largest_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    huge = replace(probed(), points=(Point("largest values", {}, 1, weights_bytes=2**60, memory_bytes=2**60),))
    plan = planned("titanic", tmp_path, "search.max_time=10")
    found = check._of_the_machine(plan, huge, 1, (3600.0, 3600.0))
    assert [finding.topic for finding in found] == ["time", "memory", "disk"]
