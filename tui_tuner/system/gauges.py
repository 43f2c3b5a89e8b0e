"""How busy, full, hot and hungry the devices of this machine are, measured in a thread of its own."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

EVERY_S = 2.0
KEPT = 60
"""Measurements that are remembered of each device: two minutes."""


@dataclass(frozen=True)
class Gauge:
    """One measurement of one device; `None` for what it does not tell.

    Args:
        name: As people read it: `GPU 0`, `CPU`.
        busy: Share of the time that it works, from 0 to 1.
        memory_total_bytes: All there is; for the CPU main memory, or what our control group may take of it.
        power_limit_w: What it may draw.
        processes: Ids of the processes that use it, as far as they can be seen from here.
    """

    name: str
    busy: float | None = None
    memory_used_bytes: int | None = None
    memory_total_bytes: int | None = None
    temperature_c: float | None = None
    power_w: float | None = None
    power_limit_w: float | None = None
    processes: tuple[int, ...] = ()

    @property
    def full(self) -> float | None:
        """Share of the memory that is taken, from 0 to 1."""
        if self.memory_used_bytes is None or not self.memory_total_bytes:
            return None
        return self.memory_used_bytes / self.memory_total_bytes


Measure = Callable[[], Sequence[Gauge]]
"""Measures some devices; may take its time, and is called in one thread only."""


@dataclass(frozen=True)
class Gauges:
    """All devices at one moment.

    Args:
        history: By name, how busy each was until now, the latest last.
    """

    devices: tuple[Gauge, ...] = ()
    history: Mapping[str, tuple[float, ...]] | None = None

    def busy_until_now(self, name: str) -> tuple[float, ...]:
        """How busy a device was, the latest last."""
        return (self.history or {}).get(name, ())


class GaugeReader:
    """Measures as long as somebody looks. `latest` is another object after each measurement, and costs nothing.

    Args:
        makers: Each makes something that measures; called in the thread, because loading a library takes time.
    """

    def __init__(self, makers: Sequence[Callable[[], Measure]] | None = None, every_s: float = EVERY_S) -> None:
        self._makers = makers
        self._every_s = every_s
        self._stop: threading.Event | None = None
        self._history: dict[str, deque[float]] = {}
        self.latest = Gauges()

    @property
    def is_reading(self) -> bool:
        return self._stop is not None

    def start(self) -> None:
        """Begin to measure, if that has not begun."""
        if self._stop is None:
            self._stop = threading.Event()
            # A daemon: a driver that hangs must not keep the process.
            threading.Thread(target=self._read, args=(self._stop,), name="gauges", daemon=True).start()

    def stop(self) -> None:
        """Measure no more; what was measured stays."""
        if self._stop is not None:
            self._stop.set()
            self._stop = None

    def _read(self, stop: threading.Event) -> None:
        measures = [make() for make in (_default_makers() if self._makers is None else self._makers)]
        stop.wait(self._every_s / 4)  # how busy a device is, is counted from one measurement to the next
        while not stop.is_set():
            devices = tuple(gauge for measure in measures for gauge in measure())
            for gauge in devices:
                if gauge.busy is not None:
                    self._history.setdefault(gauge.name, deque(maxlen=KEPT)).append(gauge.busy)
            self.latest = Gauges(devices, {name: tuple(values) for name, values in self._history.items()})
            stop.wait(self._every_s)


def _default_makers() -> Sequence[Callable[[], Measure]]:
    from tui_tuner.system.host import measure_host
    from tui_tuner.system.nvml import measure_gpus

    return (measure_gpus, measure_host)
