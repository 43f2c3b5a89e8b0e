"""A driver's library (NVML) that says what a test wants it to say, in place of the module `pynvml`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace

GIB = 2**30


class NVMLError(Exception):
    """What the library raises for all that it cannot tell."""


@dataclass
class FakeGpu:
    """One GPU. `None` is what it does not support.

    Args:
        lost: Whether it has fallen off the bus.
    """

    busy_percent: int | None = 87
    used_bytes: int | None = 9 * GIB
    total_bytes: int = 16 * GIB
    temperature_c: int | None = 71
    power_mw: int | None = 212_400
    limit_mw: int | None = 300_000
    pids: tuple[int, ...] = ()
    lost: bool = False


class FakeNvml:
    """The part of `pynvml` that is used here, with its names."""

    NVMLError = NVMLError
    NVML_TEMPERATURE_GPU = 0

    def __init__(self, gpus: Sequence[FakeGpu], *, has_driver: bool = True) -> None:
        self.gpus = gpus
        self.has_driver = has_driver

    def nvmlInit(self) -> None:
        if not self.has_driver:
            raise NVMLError("Driver Not Loaded")

    def nvmlDeviceGetCount(self) -> int:
        return len(self.gpus)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> FakeGpu:
        if self.gpus[index].lost:
            raise NVMLError("GPU is lost")
        return self.gpus[index]

    def nvmlDeviceGetUtilizationRates(self, gpu: FakeGpu) -> SimpleNamespace:
        return SimpleNamespace(gpu=_told(gpu.busy_percent), memory=0)

    def nvmlDeviceGetMemoryInfo(self, gpu: FakeGpu) -> SimpleNamespace:
        return SimpleNamespace(used=_told(gpu.used_bytes), total=gpu.total_bytes, free=0)

    def nvmlDeviceGetTemperature(self, gpu: FakeGpu, sensor: int) -> int:
        return _told(gpu.temperature_c)

    def nvmlDeviceGetPowerUsage(self, gpu: FakeGpu) -> int:
        return _told(gpu.power_mw)

    def nvmlDeviceGetEnforcedPowerLimit(self, gpu: FakeGpu) -> int:
        return _told(gpu.limit_mw)

    def nvmlDeviceGetComputeRunningProcesses(self, gpu: FakeGpu) -> list[SimpleNamespace]:
        return [SimpleNamespace(pid=pid, usedGpuMemory=None) for pid in gpu.pids]


def _told(value: int | None) -> int:
    if value is None:
        raise NVMLError("Not Supported")
    return value
