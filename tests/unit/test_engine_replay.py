"""A replay shows at every moment what a viewer saw then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.filmed_search import Filmed

from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.past import Past
from tui_tuner.engine.view import SearchState, SearchView, TrialView

TOLERANCE_S = 0.5
"""By so much the times of earlier attempts, which only events tell, may differ from what a viewer saw."""


def close_to(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return abs(a - b) < TOLERANCE_S


def plain(trial: TrialView) -> TrialView:
    """A trial without its times."""
    return replace(trial, started=None, ended=None, duration_s=None)


def differences(replayed: SearchView, seen: SearchView) -> list[str]:
    """In what two snapshots differ that should be the same."""
    found: list[str] = []
    # What workers are busy with, and what the directory takes, is not recorded.
    for view in (replayed, seen):
        assert list(view.trials) == [trial.trial_id for trial in sorted(view.trials.values(), key=lambda t: t.number)]
    found += [
        f"{name}: {getattr(replayed, name)} {getattr(seen, name)}"
        for name in ("active_s", "run_started")
        if not close_to(getattr(replayed, name), getattr(seen, name))
    ]
    for trial_id in replayed.trials.keys() & seen.trials.keys():
        for name in ("started", "ended", "duration_s"):
            a, b = (getattr(view.trials[trial_id], name) for view in (replayed, seen))
            if not close_to(a, b):
                found.append(f"{trial_id} {name}: {a} {b}")

    def normal(view: SearchView) -> dict[str, str]:
        bare = replace(
            view,
            active_s=0.0,
            run_started=None,
            disk_bytes=None,
            created=None,
            workers=tuple(replace(worker, activity="") for worker in view.workers),
            trials={},
        )
        parts = {name: repr(getattr(bare, name)) for name in bare.__dataclass_fields__}
        parts |= {f"trial {key}": repr(plain(trial)) for key, trial in view.trials.items()}
        return parts

    a, b = normal(replayed), normal(seen)
    return found + [
        f"{name}: {a.get(name)} != {b.get(name)}" for name in sorted(a.keys() | b.keys()) if a.get(name) != b.get(name)
    ]


def check(filmed: Filmed) -> None:
    """Each moment, forwards, backwards and in leaps, as it was seen."""
    past = Past(filmed.root)
    moments = [(past.timeline.position_of(seen.view.seq), seen) for seen in filmed.seen if seen.view.seq]
    latest = dict(moments)
    leaps = sorted(latest, key=lambda position: (position * 7919) % 101)
    for position in (*latest, *reversed(latest), *leaps):
        seen = latest[position]
        if seen.view.state is SearchState.INTERRUPTED:
            continue
        view = past.view(position, is_gone=False)
        assert differences(view, seen.view) == []
        for trial_id, epochs in seen.epochs.items():
            assert repr(past.epochs(trial_id, position)) == repr(epochs)
    past.close()


COMMANDS = st.sampled_from(
    [
        Command(CommandKind.PAUSE),
        Command(CommandKind.RESUME),
        Command(CommandKind.SKIP, "1"),
        Command(CommandKind.SET_MAX_TRIALS, arguments={"max_trials": 7}),
        Command(CommandKind.SET_MAX_TIME, arguments={"max_time": 3600}),
        Command(CommandKind.LIMIT, arguments={"name": "units", "values": [8, 16]}),
        Command(CommandKind.LIMIT, arguments={"name": "units"}),
        Command(CommandKind.RERUN, arguments={"best": 1}),
        Command(CommandKind.ENQUEUE, arguments={"values": {"units": 8, "fault": ""}}),
        Command(CommandKind.ENQUEUE, arguments={"values": {"units": 9}}),
        Command(CommandKind.STOP),
    ]
)


@given(
    seed=st.integers(0, 1000),
    executions=st.integers(1, 2),
    asked=st.dictionaries(st.integers(3, 40), COMMANDS, max_size=4),
    dies_after=st.none() | st.integers(3, 30),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_moment_is_shown_as_it_was_seen(
    seed: int, executions: int, asked: dict[int, Command], dies_after: int | None
) -> None:
    with TemporaryDirectory() as folder:
        filmed = Filmed(Path(folder) / "search", seed, executions)
        if dies_after is not None:
            filmed.run({}, dies_after)
        filmed.run(asked)
        check(filmed)
