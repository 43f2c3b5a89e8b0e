"""What the screen says of a search that people have steered, that waits for room, or that has a limit of time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.fake_source import BEGAN, FakeSource, make_trial, make_view
from support.running_app import NOW, running

from tui_tuner.engine.view import LimitView, SearchState, TrialState, WorkerView


def steered() -> FakeSource:
    trials = [
        replace(make_trial(0, score=0.8), origin="initial"),
        replace(make_trial(1, score=0.7), origin="by hand"),
        replace(make_trial(2, score=0.6), origin="rerun", rerun_of="0000"),
        replace(make_trial(3, TrialState.RUNNING, done=2), origin="rerun", rerun_of="0000"),
        make_trial(4, TrialState.STOPPED, message="epoch 6: 0.412 worse than the median [b] 0.377 of 9\nmore"),
        make_trial(5, score=0.5),
    ]
    return FakeSource(make_view(trials))


async def test_trials_that_were_not_proposed_have_a_mark() -> None:
    async with running(steered()) as app:
        assert "0000 ▸" in app.row("★ 1")
        assert "0001 ✎" in app.text
        assert "0002 ↺" in app.text
        assert "0005  " in app.row("0005")
        await app.press("question_mark")
        await app.pilot.pause()
        await app.press("end")
        await app.pilot.pause()
        assert "↺" in app.row("A re-run of another trial with another seed.")


async def test_a_trial_and_its_reruns_show_their_mean_and_spread() -> None:
    source = steered()
    async with running(source) as app:
        assert app.text.count("0.7000 ± 0.14 (2)") == 3
        assert "0.7000 ± 0.14" in app.row("2 runs")
        source.put_trial(replace(make_trial(3, score=0.7), origin="rerun", rerun_of="0000"))
        await app.poll()
        assert app.text.count("0.7000 ± 0.1 (3)") == 3


async def test_without_reruns_there_is_no_such_column() -> None:
    async with running(FakeSource(make_view([make_trial(0)]))) as app:
        assert "all runs" not in app.text


async def test_why_a_trial_was_pruned_is_told_in_the_leaderboard_and_beside_its_curves() -> None:
    async with running(steered(), size=(340, 45)) as app:
        assert "epoch 6: 0.412 worse than the median [b] 0.377 of 9" in app.row("0004")
    source = steered()
    source.put_trial(make_trial(4, TrialState.STOPPED, message="epoch 6: 0.412 worse than the median 0.377 of 9"))
    async with running(source, size=(80, 24)) as app:
        await app.press(*["down"] * 5)
        await app.pilot.pause()
        assert app.screen.state is not None
        assert app.screen.state.shown is source.view.trials["0004"]
        assert "0.412 worse than the median" in app.text


async def test_a_search_that_waits_for_room_says_for_what_even_where_the_header_is_narrow() -> None:
    source = FakeSource(make_view([make_trial(0)]))
    why = "the disk is full: 12 MB are free in /data, 64 MB are needed; make room and it goes on"
    async with running(source, size=(80, 24)) as app:
        source.put(state=SearchState.BLOCKED, detail=why)
        await app.poll()
        source.put()
        await app.poll()
        assert "▲ blocked" in app.header
        assert [note.message for note in app.app._notifications] == [why]
        await app.until(lambda: "space Pause" in app.text.splitlines()[-1])


async def test_the_time_budget_stands_beside_the_time() -> None:
    source = FakeSource(make_view([make_trial(0), make_trial(1, TrialState.RUNNING)], max_trials=None))
    source.put(max_time_s=188.0)
    async with running(source) as app:
        assert "elapsed 1 min 34 s of 3 min 08 s   about 1 min 34 s left" in app.header
        assert "50 %" in app.header  # NOW is 94 s after the beginning
    assert NOW - BEGAN == 94


async def test_workers_on_their_way_and_the_space_on_the_disk_are_shown() -> None:
    source = FakeSource(make_view([make_trial(0), make_trial(1, TrialState.RUNNING)]))
    source.put(wanted_workers=3, disk_bytes=14_600_000)
    async with running(source) as app:
        assert "1 of 3 workers   13.9 MiB on disk" in app.header
        source.put(workers=tuple(WorkerView(f"worker {n}", n, "CPU") for n in range(3)))
        await app.poll()
        assert " 3 workers" in app.header


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        (LimitView(16, 48), "16 … 48"),
        (LimitView(16, None), "from 16"),
        (LimitView(None, 48), "up to 48"),
        (LimitView(values=(16, 24)), "16, 24"),
    ],
)
async def test_limits_stand_in_the_search_space(limit: LimitView, shown: str) -> None:
    source = FakeSource(make_view([make_trial(0)]))
    async with running(source) as app:
        assert " only " not in app.row("tried, best")
        source.put(limits={"units": limit})
        await app.poll()
        await app.until(lambda: shown in app.text)
        assert shown in app.row("8 … 64")


async def test_values_of_hyperband_itself_are_not_the_best_models() -> None:
    trial = make_trial(0, values={"units": 8, "tuner/epochs": 3})
    async with running(FakeSource(make_view([trial]))) as app:
        assert "tuner/epochs" not in app.text
