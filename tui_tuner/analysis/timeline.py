"""What each worker did when."""

from __future__ import annotations

from dataclasses import dataclass

from tui_tuner.engine.view import SearchView, TrialState


@dataclass(frozen=True)
class Span:
    """One trial on its worker, in seconds since the first trial began."""

    trial_id: str
    status: TrialState
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Lane:
    """One worker.

    Args:
        busy: The share of the whole time in which it ran a trial.
    """

    worker: str
    spans: tuple[Span, ...]
    busy: float


@dataclass(frozen=True)
class Timeline:
    """All workers, by name.

    Args:
        began: When the first trial began, in seconds since the epoch.
        length_s: From then to the end of the last one, or to now.
    """

    lanes: tuple[Lane, ...]
    began: float
    length_s: float


def timeline(view: SearchView, now: float) -> Timeline | None:
    """What the workers did; `None` before the first trial has begun.

    Of a trial that was run several times only the last run is known.

    Args:
        now: Seconds since the epoch: a running trial lasts until then.
    """
    began = [trial for trial in view.trials.values() if trial.started is not None]
    if not began:
        return None
    origin = min(trial.started or 0.0 for trial in began)
    lanes: dict[str, list[Span]] = {}
    for trial in began:
        start = (trial.started or 0.0) - origin
        end = trial.ended
        if end is None:
            end = now if trial.status is TrialState.RUNNING else (trial.started or 0.0) + (trial.duration_s or 0.0)
        span = Span(trial.trial_id, trial.status, start, max(start, end - origin))
        lanes.setdefault(trial.worker, []).append(span)
    length = max(span.end_s for spans in lanes.values() for span in spans)
    return Timeline(
        tuple(
            Lane(worker, tuple(sorted(spans, key=lambda span: span.start_s)), _busy(spans, length))
            for worker, spans in sorted(lanes.items(), key=lambda lane: _natural(lane[0]))
        ),
        origin,
        length,
    )


def _busy(spans: list[Span], length_s: float) -> float:
    """Trials that overlap, because the clock was set, count once."""
    covered = until = 0.0
    for span in sorted(spans, key=lambda span: span.start_s):
        covered += max(0.0, span.end_s - max(until, span.start_s))
        until = max(until, span.end_s)
    return covered / length_s if length_s else 0.0


def _natural(worker: str) -> tuple[str, int, str]:
    """`worker 10` comes after `worker 9`."""
    words = worker.rstrip("0123456789")
    digits = worker[len(words) :]
    return words, int(digits) if digits.isascii() and digits.isdigit() else -1, worker
