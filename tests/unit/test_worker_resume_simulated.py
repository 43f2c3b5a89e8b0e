"""A simulated trial goes on where it was cut off, as a real one does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.tasks import task_in

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.worker.dispatch import run_job
from tui_tuner.worker.jobs import Control, TrialJob
from tui_tuner.worker.protocol import Reporter
from tui_tuner.worker.reports import EpochEnded, Outcome, Report, TrialEnded, TrialResumed
from tui_tuner.worker.simulated import SimulatedRunner
from tui_tuner.worker.simulated_resume import FILE


class CutOffError(BaseException):
    """What ends a worker in the middle of a trial; nothing catches it."""


class Trial:
    """Runs attempts at one trial and keeps what they report."""

    def __init__(self, folder: Path, every_s: float = 0.0, executions: int = 1) -> None:
        self.folder = SearchDirectory(folder).resume("0")
        self._task = task_in(
            folder, fit={"epochs": 5}, executions_per_trial=executions, seed=None, checkpoint_every_s=every_s
        )
        self._attempt = -1
        self.reports: list[Report] = []

    def run(
        self,
        resumes: bool,
        act: Callable[[int, Reporter], None] = lambda seen, reporter: None,
        recorded: tuple[int, int] | None = None,
    ) -> TrialEnded:
        """Run the next attempt.

        Args:
            act: Called with each epoch that is reported, and their number in this attempt.
        """
        seen = 0

        def take(report: Report) -> None:
            nonlocal seen
            self.reports.append(report)
            if isinstance(report, EpochEnded):
                seen += 1
                act(seen, reporter)

        self._attempt += 1
        reporter = Reporter("w", take)
        config: dict[str, Any] = {"space": [], "values": {"units": 8}}
        job = TrialJob("0", 0, self._attempt, config, resumes=resumes, recorded=recorded)
        ended = run_job(SimulatedRunner(self._task), job, reporter)
        assert isinstance(ended, TrialEnded)
        return ended

    def epochs(self) -> list[tuple[int, int]]:
        return [(each.execution, each.epoch) for each in self.reports if isinstance(each, EpochEnded)]

    def resumed(self) -> list[tuple[int, int]]:
        return [(each.execution, each.epoch) for each in self.reports if isinstance(each, TrialResumed)]


def cut_at(epoch: int) -> Callable[[int, Reporter], None]:
    def act(seen: int, reporter: Reporter) -> None:
        if seen == epoch:
            raise CutOffError

    return act


def stop_at(epoch: int) -> Callable[[int, Reporter], None]:
    return lambda seen, reporter: reporter.control.set(Control.STOP) if seen == epoch else None


def test_it_goes_on_after_its_last_saved_epoch(tmp_path: Path) -> None:
    whole, parts = Trial(tmp_path / "whole", executions=2), Trial(tmp_path / "parts", executions=2)
    expected = whole.run(resumes=False)
    for resumes, epoch in ((False, 3), (True, 5)):
        with pytest.raises(CutOffError):
            parts.run(resumes, cut_at(epoch))
    ended = parts.run(resumes=True)
    assert (ended.outcome, ended.executions) == (Outcome.COMPLETED, expected.executions)
    assert parts.resumed() == [(0, 2), (1, 1)]
    assert not parts.folder.exists()


@pytest.mark.parametrize("last", [2, 5, 10])
def test_a_stop_saves_although_it_is_not_time(tmp_path: Path, last: int) -> None:
    trial = Trial(tmp_path, every_s=3600.0, executions=2)
    assert trial.run(False, stop_at(last)).outcome is Outcome.STOPPED
    assert trial.run(True).outcome is Outcome.COMPLETED
    assert trial.epochs() == [(execution, epoch) for execution in range(2) for epoch in range(5)]
    assert trial.resumed() == [divmod(last, 5) if last % 5 else (last // 5 - 1, 5)]


def test_nothing_is_saved_before_it_is_time(tmp_path: Path) -> None:
    trial = Trial(tmp_path, every_s=3600.0)
    with pytest.raises(CutOffError):
        trial.run(False, cut_at(4))
    assert not trial.folder.exists()
    trial.run(True)
    assert trial.resumed() == []


def test_a_new_run_starts_from_the_beginning(tmp_path: Path) -> None:
    trial = Trial(tmp_path)
    with pytest.raises(CutOffError):
        trial.run(False, cut_at(4))
    assert (trial.folder / FILE).is_file()
    trial.reports.clear()
    trial.run(False)
    assert trial.resumed() == []
    assert trial.epochs() == [(0, epoch) for epoch in range(5)]


@pytest.mark.parametrize("content", ["", "{}", '{"execution": 0'])
def test_a_damaged_file_means_a_start_from_the_beginning(tmp_path: Path, content: str) -> None:
    trial = Trial(tmp_path)
    trial.folder.mkdir(parents=True)
    (trial.folder / FILE).write_text(content)
    assert trial.run(True).outcome is Outcome.COMPLETED
    assert trial.epochs() == [(0, epoch) for epoch in range(5)]


def test_saved_epochs_that_the_engine_does_not_have_are_reported_again(tmp_path: Path) -> None:
    trial = Trial(tmp_path, executions=2)
    with pytest.raises(CutOffError):
        trial.run(False, cut_at(8))
    first = [replace(each, attempt=1) for each in trial.reports if isinstance(each, EpochEnded)]
    trial.reports.clear()
    trial.run(True, recorded=(0, 3))
    again = [each for each in trial.reports if isinstance(each, EpochEnded)]
    assert trial.resumed() == [(1, 2)]
    assert again[:3] == first[4:7]
    assert trial.epochs() == [(0, 4), (1, 0), (1, 1), (1, 2), (1, 3), (1, 4)]
