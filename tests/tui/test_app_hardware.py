"""The strip of this machine's devices."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.fake_source import FakeSource, make_trial, make_view
from support.running_app import App, running

from tui_tuner.engine.view import SearchState, SearchView, TrialState, WorkerView
from tui_tuner.system.gauges import Gauge, GaugeReader, Gauges
from tui_tuner.tui.choices import Choices
from tui_tuner.tui.widgets.hardware import device_lines

GIB = 2**30
CPU = Gauge("CPU", 0.634, 12 * GIB, 24 * GIB, processes=(1, 1000, 1001))


def gpu(number: int, used: int = 9, **about: object) -> Gauge:
    told = Gauge(f"GPU {number}", 0.87, used * GIB, 16 * GIB, 71, 212.4, 300.0)
    return replace(told, **about)  # type: ignore[arg-type]


def view_of(*devices: str) -> SearchView:
    """A search with a worker for each device, at work on a trial of its own."""
    trials = [make_trial(number, TrialState.RUNNING, done=2) for number in range(len(devices))]
    workers = [
        WorkerView(f"worker {number}", 1000 + number, device, "", f"{number:04d}")
        for number, device in enumerate(devices)
    ]
    return replace(make_view([*trials, make_trial(9)]), workers=tuple(workers))


class Still(GaugeReader):
    """Says what it is told to."""

    def __init__(self, *devices: Gauge) -> None:
        super().__init__([])
        self.starts = 0
        self.put(*devices)

    def put(self, *devices: Gauge) -> None:
        self.latest = Gauges(devices, {gauge.name: (0.1, 0.5, gauge.busy or 0.0) for gauge in devices})

    def start(self) -> None:
        self.starts += not self.is_reading
        self._reading = True

    def stop(self) -> None:
        self._reading = False

    @property
    def is_reading(self) -> bool:
        return getattr(self, "_reading", False)


def lines(view: SearchView, *devices: Gauge, limit: int = 4, width: int = 158) -> list[str]:
    return [line.plain for line in device_lines(Gauges(devices), view, limit, width)]


def strip(app: App) -> str:
    return str(app.pane("hardware").shown.plain) if app.pane("hardware").display else ""


async def test_each_device_has_a_line_with_its_trial() -> None:
    source = FakeSource(view_of("GPU 0", "GPU 1"))
    async with running(source, gauges=Still(gpu(0), gpu(1), CPU)) as app:
        await app.poll()
        assert " 87 %   memory ━━━━━━━━━─────── 9.00 GiB of 16.0 GiB   trial 0000   71 °C   212 of 300 W" in app.text
        assert "trial 0001   71 °C" in app.row("GPU 1    ")
        assert " 63 %   memory ━━━━━━━━──────── 12.0 GiB of 24.0 GiB" in app.row("CPU      ")
        assert "▁▅▇" in app.row("GPU 1    ")


async def test_a_new_measurement_is_drawn_without_a_new_snapshot() -> None:
    reader = Still(gpu(0), CPU)
    async with running(FakeSource(view_of("GPU 0")), gauges=reader) as app:
        reader.put(gpu(0, used=15), CPU)
        await app.poll()
        assert "15.0 GiB of 16.0 GiB ▲ nearly full" in app.text


async def test_h_hides_the_strip_and_the_search_keeps_it() -> None:
    source = FakeSource(view_of("GPU 0"))
    reader = Still(gpu(0), CPU)
    async with running(source, gauges=reader, choices=Choices(Path("/searches/a"))) as app:
        assert reader.is_reading
        await app.press("H")
        assert not app.pane("hardware").display
        assert not reader.is_reading
    async with running(source, gauges=reader, choices=Choices(Path("/searches/a"))) as app:
        assert not app.pane("hardware").display
        await app.press("H")
        assert "GPU 0" in strip(app)


async def test_on_a_small_screen_it_is_shown_when_asked_for() -> None:
    async with running(FakeSource(view_of("GPU 0")), size=(80, 24), gauges=Still(gpu(0), CPU)) as app:
        assert not app.pane("hardware").display
        await app.press("H")
        await app.pilot.pause()
        assert "GPU 0" in strip(app)
        assert len(strip(app).splitlines()) == 1
        assert app.pane("leaderboard").region.bottom <= app.pane("tabs").region.y


@pytest.mark.parametrize("state", [SearchState.PAUSED, SearchState.COMPLETED, SearchState.STOPPED])
async def test_a_search_that_is_not_at_work_is_not_measured(state: SearchState) -> None:
    reader = Still(gpu(0), CPU)
    async with running(FakeSource(replace(view_of("GPU 0"), state=state)), gauges=reader) as app:
        assert reader.starts == 0
        assert not app.pane("hardware").display


async def test_leaving_ends_the_measuring() -> None:
    reader = Still(gpu(0), CPU)
    async with running(FakeSource(view_of("GPU 0")), gauges=reader):
        assert reader.is_reading
    assert not reader.is_reading


async def test_without_something_that_measures_there_is_no_strip() -> None:
    async with running(FakeSource(view_of("GPU 0"))) as app:
        await app.press("H", "H")
        assert not app.pane("hardware").display
        assert [note.message for note in app.app._notifications] == [
            "The devices are shown while trials run on this machine."
        ]


def test_workers_of_other_machines_are_not_on_these_devices() -> None:
    elsewhere = replace(CPU, processes=(1, 2, 3))
    assert lines(view_of("GPU 0"), gpu(0), elsewhere) == []
    assert lines(replace(view_of("GPU 0"), workers=()), gpu(0), CPU) == []


def test_a_process_on_the_gpu_says_whose_it_is_whatever_the_worker_is_called() -> None:
    found = lines(view_of("GPU-2f1c"), gpu(0, processes=(1000,)), gpu(1), CPU)
    assert "trial 0000" in found[0]
    assert "trial" not in found[1]


def test_several_trials_share_a_gpu() -> None:
    assert "trials 0000, 0001" in lines(view_of("GPU 1 MIG 0", "GPU 1 MIG 1"), gpu(1), CPU)[0]
    assert "trial" not in lines(view_of("GPU 10"), gpu(1), CPU)[0]
    assert "trials 0000, 0001" in lines(view_of("GPU 0", "GPU 0"), gpu(0), CPU)[0]


def test_more_devices_than_lines_are_summed_up() -> None:
    found = lines(view_of("GPU 0"), *(gpu(number) for number in range(8)), CPU)
    assert len(found) == 4
    assert found[3].startswith("and 5 more devices   87 % busy   memory ")
    assert "45.0 GiB of 80.0 GiB" in found[3]
    (only,) = lines(view_of("GPU 0"), gpu(0), gpu(1, used=15), CPU, limit=1)
    assert only.startswith("2 devices   87 % busy")
    assert "▲ one nearly full" in only


def test_a_device_that_tells_nothing_has_a_line_all_the_same() -> None:
    found = lines(view_of("GPU 0"), Gauge("GPU 0"), CPU)
    assert found[0].split() == ["GPU", "0", "—", "trial", "0000"]


@pytest.mark.parametrize("width", [10, 20, 40, 58, 78, 118])
def test_what_does_not_fit_is_left_out(width: int) -> None:
    for line in device_lines(Gauges((gpu(0), gpu(1), CPU)), view_of("GPU 0"), 2, width):
        assert line.cell_length <= width
