"""The devices of this machine, a line each: how busy, full, hot and hungry, and which trial is on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual.content import Content

from tui_tuner.analysis.formatting import format_bytes, format_count
from tui_tuner.analysis.sparkline import sparkline
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.view import SearchState, SearchView, WorkerView
from tui_tuner.system.gauges import Gauge, GaugeReader, Gauges
from tui_tuner.tui.choices import Choices
from tui_tuner.tui.look import bar_content, style
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.widgets.plain import Plain

NEARLY_FULL = 0.9
"""From here on the next allocation may be the one that fails."""

HOT_C = 85.0
"""From about here on GPUs slow down."""

_SECTION = "hardware"
_AT_WORK = (SearchState.STARTING, SearchState.RUNNING, SearchState.STOPPING)
_NAME_WIDTH = 8
_HISTORY_WIDTH = 12
_BAR_WIDTH = 16
_TRIAL_WIDTH = 12


class HardwareStrip(Plain):
    """One line a device, at most `max_lines`; there only while trials run on this machine, and while it is wanted.

    Args:
        reader: Measures; `None` where nothing shall be measured.
        choices: What the person has chosen for the view of this search.
    """

    def __init__(self, reader: GaugeReader | None, choices: Choices) -> None:
        super().__init__("hardware")
        self._reader = reader
        self._choices = choices
        self._wanted = choices.read(_SECTION).get("shown")
        self._lines_here = 0
        self._state: ScreenState | None = None
        self._drawn: tuple[object, ...] = ()
        self.display = False

    @property
    def max_lines(self) -> int:
        """For how many lines there is room, or how many the person wants where there would be none."""
        if self._wanted is False:
            return 0
        return max(self._lines_here, 1) if self._wanted is True else self._lines_here

    def lay_out(self, lines: int) -> None:
        """Say for how many lines there is room."""
        self._lines_here = lines
        self.tick()

    def toggle(self) -> bool:
        """Show the devices, or hide them, whatever there is room for; whether they shall be shown now."""
        self._wanted = wanted = self.max_lines == 0
        self._choices.keep(_SECTION, {"shown": wanted})
        self.tick()
        return wanted

    def show(self, state: ScreenState) -> None:
        """Draw what is new in `state`."""
        self._state = state
        self.tick()

    def tick(self) -> None:
        """Draw what was measured since; a search that is not at work is not measured."""
        state, reader = self._state, self._reader
        if state is None or reader is None:
            return
        is_wanted = state.view.state in _AT_WORK and self.max_lines > 0
        if is_wanted:
            reader.start()
        else:
            reader.stop()
        width = self.app.size.width - 2
        key = (reader.latest, state.view.workers, self.max_lines, width, is_wanted)
        if all(a is b or a == b for a, b in zip(key, self._drawn, strict=False)) and self._drawn:
            return
        self._drawn = key
        lines = device_lines(reader.latest, state.view, self.max_lines, width) if is_wanted else []
        self.display = bool(lines)
        self.put(Content("\n").join(lines))

    def on_resize(self) -> None:
        self.tick()

    def on_unmount(self) -> None:
        if self._reader is not None:
            self._reader.stop()


@dataclass(frozen=True)
class _Device:
    gauge: Gauge
    busy: tuple[float, ...]
    trials: tuple[str, ...]


def device_lines(gauges: Gauges, view: SearchView, limit: int, width: int) -> list[Content]:
    """At most `limit` lines; none if no worker of the search is on this machine."""
    here = _workers_here(gauges.devices, view.workers)
    if not here or limit < 1:
        return []
    devices = [_Device(gauge, gauges.busy_until_now(gauge.name), _trials_on(gauge, here)) for gauge in gauges.devices]
    if len(devices) > limit:  # the GPUs come first, and are what there is to see
        devices = [each for each in devices if each.gauge.name != "CPU"] or devices
    shown = devices if len(devices) <= limit else devices[: limit - 1]
    lines = [_line(device, width) for device in shown]
    if len(shown) < len(devices):
        lines.append(_summary([device.gauge for device in devices[len(shown) :]], width, bool(shown)))
    return lines


def _workers_here(devices: Sequence[Gauge], workers: Sequence[WorkerView]) -> Mapping[int, WorkerView]:
    """By process: the workers that run on this machine, as far as its processes can be seen."""
    running = {pid for gauge in devices for pid in gauge.processes}
    return {worker.pid: worker for worker in workers if worker.pid in running}


def _trials_on(gauge: Gauge, here: Mapping[int, WorkerView]) -> tuple[str, ...]:
    if gauge.name == "CPU":
        return ()
    # In a container the driver's process ids are others than ours: then the worker's device says it.
    on = [
        worker
        for pid, worker in here.items()
        if pid in gauge.processes or f"{worker.device} ".startswith(f"{gauge.name} ")  # a slice: `GPU 0 MIG 1`
    ]
    return tuple(worker.trial_id for worker in on if worker.trial_id is not None)


def _line(device: _Device, width: int) -> Content:
    """`GPU 0  ▂▅▇█   87 %   memory ━━━━━── 9.10 of 16.0 GiB   71 °C   212 of 300 W   trial 07`: what fits of it."""
    gauge = device.gauge
    busy = "    —" if gauge.busy is None else f"{gauge.busy * 100:3.0f} %"
    line = Content.assemble(
        f"{truncate(clean(gauge.name), _NAME_WIDTH):<{_NAME_WIDTH}} ",
        (f"{sparkline(device.busy[-_HISTORY_WIDTH:], _HISTORY_WIDTH, 0.0, 1.0):>{_HISTORY_WIDTH}} ", style("running")),
        busy,
    )
    for part in (_memory(gauge), _trials(device.trials), _temperature(gauge), _power(gauge)):
        if part.plain and line.cell_length + 3 + part.cell_length <= width:
            line = line.append("   ").append(part)
    return line.truncate(width, ellipsis=True)


def _memory(gauge: Gauge) -> Content:
    full = gauge.full
    if full is None:
        return Content("")
    is_low = full >= NEARLY_FULL
    amount = f" {format_bytes(gauge.memory_used_bytes)} of {format_bytes(gauge.memory_total_bytes)}"
    warning = " ▲ nearly full" if is_low else ""
    colour = "failed" if is_low else "running"
    return Content.assemble(
        ("memory ", style("dim")),
        bar_content(full, _BAR_WIDTH, colour),
        (f"{amount}{warning}", style(colour) if is_low else ""),
    )


def _temperature(gauge: Gauge) -> Content:
    if gauge.temperature_c is None:
        return Content("")
    return Content.styled(f"{gauge.temperature_c:.0f} °C", style("warning") if gauge.temperature_c >= HOT_C else "")


def _power(gauge: Gauge) -> Content:
    if gauge.power_w is None:
        return Content("")
    limit = "" if gauge.power_limit_w is None else f" of {gauge.power_limit_w:.0f}"
    return Content(f"{gauge.power_w:.0f}{limit} W")


def _trials(trials: Sequence[str]) -> Content:
    if not trials:
        return Content("")
    names = ", ".join(truncate(clean(trial_id), _TRIAL_WIDTH) for trial_id in trials)
    return Content.assemble((f"trial{'s' if len(trials) > 1 else ''} ", style("dim")), truncate(names, 40))


def _summary(gauges: Sequence[Gauge], width: int, is_rest: bool) -> Content:
    """`and 6 more GPUs   83 % busy   memory ...   hottest 71 °C`."""
    count = format_count(len(gauges), "more device" if is_rest else "device")
    busy = [gauge.busy for gauge in gauges if gauge.busy is not None]
    together = Gauge(
        "",
        memory_used_bytes=sum(gauge.memory_used_bytes or 0 for gauge in gauges),
        memory_total_bytes=sum(gauge.memory_total_bytes or 0 for gauge in gauges),
        temperature_c=max((gauge.temperature_c for gauge in gauges if gauge.temperature_c is not None), default=None),
    )
    fullest = max((gauge.full for gauge in gauges if gauge.full is not None), default=0.0)
    parts = [
        Content(f"{sum(busy) / len(busy) * 100:.0f} % busy" if busy else ""),
        _memory(together),
        Content.styled("▲ one nearly full" if fullest >= NEARLY_FULL else "", style("failed")),
        _temperature(together),
    ]
    line = Content(f"and {count}" if is_rest else count)
    for part in parts:
        if part.plain and line.cell_length + 3 + part.cell_length <= width:
            line = line.append("   ").append(part)
    return line.truncate(width, ellipsis=True)
