"""What this machine's devices say of themselves."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from support.nvml import GIB, FakeGpu, FakeNvml

from tui_tuner.system.gauges import KEPT, Gauge, GaugeReader
from tui_tuner.system.host import measure_host
from tui_tuner.system.nvml import measure_gpus

DEADLINE_S = 20.0


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_each_gpu_tells_all_that_it_supports() -> None:
    old = FakeGpu(busy_percent=None, temperature_c=None, power_mw=None, limit_mw=None, used_bytes=GIB)
    measure = measure_gpus(FakeNvml([FakeGpu(pids=(41, 42)), old, FakeGpu(lost=True)]))
    assert list(measure()) == [
        Gauge("GPU 0", 0.87, 9 * GIB, 16 * GIB, 71, 212.4, 300.0, (41, 42)),
        Gauge("GPU 1", None, GIB, 16 * GIB),
        Gauge("GPU 2"),
    ]


@pytest.mark.parametrize("library", [FakeNvml([]), FakeNvml([FakeGpu()], has_driver=False)])
def test_without_a_driver_or_a_gpu_there_is_none(library: FakeNvml) -> None:
    assert list(measure_gpus(library)()) == []


def test_the_library_has_what_is_asked_of_it() -> None:
    library = pytest.importorskip("pynvml", reason="the extra gpu is not installed")
    names = [name for name in vars(FakeNvml) if name.startswith(("nvml", "NVML"))]
    assert names
    assert [name for name in names if not hasattr(library, name)] == []
    measure_gpus()()  # here, with whatever driver there is


def test_the_host_tells_of_its_processors_and_its_memory(tmp_path: Path) -> None:
    measure = measure_host(tmp_path)
    (cpu,) = measure()
    assert cpu.name == "CPU"
    assert cpu.busy is not None
    assert 0.0 <= cpu.busy <= 1.0
    assert cpu.memory_total_bytes == psutil.virtual_memory().total
    assert cpu.full is not None
    assert 0.0 < cpu.full < 1.0
    assert os.getpid() in cpu.processes


@pytest.mark.parametrize(
    ("limit", "used", "total"),
    [("1073741824", 600, 2**30), ("max", None, None), ("99999999999999999", None, None), ("", None, None)],
)
def test_the_limit_of_a_container_is_what_counts(
    limit: str, used: int | None, total: int | None, tmp_path: Path
) -> None:
    (tmp_path / "memory.max").write_text(limit)
    (tmp_path / "memory.current").write_text("1000\n")
    (tmp_path / "memory.stat").write_text("anon 500\ninactive_file 400\n")
    (cpu,) = measure_host(tmp_path)()
    assert cpu.memory_total_bytes == (total or psutil.virtual_memory().total)
    if used is not None:
        assert cpu.memory_used_bytes == used


def test_measuring_goes_on_beside_until_it_is_stopped() -> None:
    calls: list[int] = []

    def measure() -> list[Gauge]:
        calls.append(len(calls))
        return [Gauge("GPU 0", len(calls) / 1000)]

    reader = GaugeReader([lambda: measure], every_s=0.001)
    assert not reader.is_reading
    reader.start()
    reader.start()
    until(lambda: len(calls) > KEPT + 5)
    reader.stop()
    latest = reader.latest
    assert len(latest.busy_until_now("GPU 0")) == KEPT
    assert latest.busy_until_now("GPU 0")[-1] == latest.devices[0].busy
    assert latest.busy_until_now("no such") == ()
    assert not reader.is_reading
    until(lambda: len(calls) >= len(latest.busy_until_now("GPU 0")))
    reader.start()
    before = len(calls)
    until(lambda: len(calls) > before)
    reader.stop()
