"""The screen says whether it is worth waiting."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.fake_source import EPOCHS, FakeSource, make_epochs, make_trial, make_view
from support.running_app import running

from tui_tuner.engine.view import TrialState
from tui_tuner.tui.projections import KEPT, Projections


def search(finished: int, done: int = 5, max_trials: int | None = 60) -> FakeSource:
    trials = [make_trial(number) for number in range(finished)]
    return FakeSource(make_view([*trials, make_trial(finished, TrialState.RUNNING, done=done)], max_trials=max_trials))


async def test_the_workers_line_projects_the_running_trial() -> None:
    source = search(40)
    async with running(source) as app:
        for _ in range(12):  # a few curves are read each time
            source.put()
            await app.poll()
        line = app.row("worker 0  CPU")
        assert "projected 0.8" in line
        assert " ± " in line
        assert "to be the best" in line
        assert "chance of better" in app.header
        before = line
        source.put_trial(make_trial(40, TrialState.RUNNING, done=EPOCHS - 1))
        await app.poll()
        assert app.row("worker 0  CPU") != before


@pytest.mark.parametrize(("width", "has_projection"), [(120, True), (100, False)])
async def test_on_a_narrower_screen_the_chance_goes_first_and_then_the_projection(
    width: int, has_projection: bool
) -> None:
    source = search(40)
    async with running(source, size=(width, 36)) as app:
        for _ in range(12):
            source.put()
            await app.poll()
        line = app.row("worker 0  CPU")
        assert "to be the best" not in line
        assert ("projected" in line) == has_projection
        assert "val_accuracy" in line
        assert "━" in line


async def test_with_few_finished_trials_nothing_is_foretold() -> None:
    async with running(search(3)) as app:
        assert "projected" not in app.text
        assert "chance of better" not in app.text


async def test_a_search_that_is_over_has_no_outlook() -> None:
    async with running(FakeSource(make_view([make_trial(number) for number in range(20)], max_trials=20))) as app:
        assert "0 % chance of better" in app.header
    async with running(FakeSource(make_view([make_trial(number) for number in range(20)], max_trials=None))) as app:
        assert "chance of better" not in app.header


def test_finished_curves_are_read_once_and_a_few_at_a_time(tmp_path: Path) -> None:
    source = search(100)
    projections = Projections(source)
    assert projections.of(source.view) == {}
    assert len(source.epoch_reads) <= 5
    for _ in range(KEPT):
        found = projections.of(source.view)
    assert set(found) == {"0100"}
    finished = [trial_id for trial_id in source.epoch_reads if trial_id != "0100"]
    assert len(finished) == len(set(finished)) == KEPT
    assert source.epoch_reads.count("0100") == 1  # it has not changed
    source.put_trial(make_trial(100, TrialState.RUNNING, done=6))
    projections.of(source.view)
    assert source.epoch_reads.count("0100") == 2


def test_nothing_is_read_while_nothing_runs() -> None:
    source = FakeSource(make_view([make_trial(number) for number in range(20)]))
    assert Projections(source).of(source.view) == {}
    assert source.epoch_reads == []


def test_a_projection_is_what_the_curve_comes_to() -> None:
    source = search(60, done=6)
    projections = Projections(source)
    for _ in range(KEPT):
        found = projections.of(source.view)
    whole = max(epoch.metrics["val_accuracy"] for epoch in make_epochs(60))
    assert abs(found["0060"].score - whole) < 3 * found["0060"].spread
