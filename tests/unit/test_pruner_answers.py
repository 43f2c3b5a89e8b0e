"""A trial that a pruner judges waits after each epoch for what the engine says to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tui_tuner.worker import control as control_module
from tui_tuner.worker.jobs import Control
from tui_tuner.worker.protocol import Reporter
from tui_tuner.worker.reports import EpochEnded, Report, WorkerStatus

EPOCH = EpochEnded("w", "0", 0, 0, 0, {"val_loss": 1.0}, 0.0, 0.0)


class Engine:
    """Collects reports; `answer` is called within `send`, as by an engine that is very quick."""

    def __init__(self, answer: Control | None = None) -> None:
        self.reports: list[Report] = []
        self._answer = answer
        self.reporter = Reporter("w", self._take, awaits_answers=True)

    def _take(self, report: Report) -> None:
        self.reports.append(report)
        if self._answer is not None:
            self.reporter.control.set(self._answer, len(self.reports))


@contextmanager
def deciding(reporter: Reporter) -> Iterator[list[Control]]:
    """Calls `decide` in a thread, and waits for it at the end; what it decided is in the list then."""
    decided: list[Control] = []
    thread = threading.Thread(target=lambda: decided.append(reporter.decide()))
    thread.start()
    yield decided
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.parametrize("answer", [Control.RUN, Control.SKIP])
def test_an_answer_that_is_there_already_is_heeded_at_once(answer: Control) -> None:
    engine = Engine(answer)
    engine.reporter.report(EPOCH)
    assert engine.reporter.decide() is answer


def test_what_comes_before_the_answer_does_not_end_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_module, "ANSWER_TIMEOUT_S", 60.0)
    engine = Engine()
    engine.reporter.report(EPOCH)
    engine.reporter.report(EPOCH)
    with deciding(engine.reporter) as decided:
        engine.reporter.control.set(Control.RUN)
        engine.reporter.control.set(Control.RUN, 1)
        assert not decided
        engine.reporter.control.set(Control.SKIP, 2)
    assert decided == [Control.SKIP]


def test_an_answer_during_a_pause_does_not_end_the_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_module, "ANSWER_TIMEOUT_S", 60.0)
    engine = Engine()
    engine.reporter.report(EPOCH)
    with deciding(engine.reporter) as decided:
        engine.reporter.control.set(Control.PAUSE, 1)
        assert not decided
        engine.reporter.control.set(Control.RUN)
    assert decided == [Control.RUN]


@pytest.mark.parametrize("wish", [Control.SKIP, Control.STOP])
def test_a_trial_that_is_to_end_waits_for_no_answer(wish: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_module, "ANSWER_TIMEOUT_S", 60.0)
    engine = Engine()
    engine.reporter.report(EPOCH)
    with deciding(engine.reporter) as decided:
        engine.reporter.control.set(wish)
    assert decided == [wish]


def test_an_engine_that_does_not_answer_does_not_hold_the_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_module, "ANSWER_TIMEOUT_S", 0.01)
    engine = Engine()
    engine.reporter.report(EPOCH)
    assert engine.reporter.decide() is Control.RUN


def test_nothing_is_awaited_before_the_first_epoch_nor_where_nobody_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_module, "ANSWER_TIMEOUT_S", 1e6)
    engine = Engine()
    engine.reporter.report(WorkerStatus("w", "loading data"))
    assert engine.reporter.decide() is Control.RUN
    unjudged = Reporter("w", engine.reports.append)
    unjudged.report(EPOCH)
    assert unjudged.decide() is Control.RUN
    assert len(engine.reports) == 2
