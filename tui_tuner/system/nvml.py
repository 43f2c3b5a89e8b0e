"""The NVIDIA GPUs of this machine, as their driver's library (NVML) tells of them. Needs the extra `gpu`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

from tui_tuner.system.gauges import Gauge, Measure


def measure_gpus(library: Any = None) -> Measure:
    """What measures the GPUs; it finds none where there is no library, no driver or no GPU.

    Args:
        library: The module `pynvml`, or what stands for it.
    """
    if library is None:
        try:
            library = importlib.import_module("pynvml")
        except ImportError:
            return lambda: ()
    try:
        library.nvmlInit()
        count = library.nvmlDeviceGetCount()
    except library.NVMLError:
        return lambda: ()
    return lambda: [_measure(library, index) for index in range(count)]


def _measure(library: Any, index: int) -> Gauge:
    name = f"GPU {index}"
    handle = _ask(library, library.nvmlDeviceGetHandleByIndex, index)
    if handle is None:  # it has fallen off the bus, which is worth showing
        return Gauge(name)
    rates = _ask(library, library.nvmlDeviceGetUtilizationRates, handle)
    memory = _ask(library, library.nvmlDeviceGetMemoryInfo, handle)
    power_mw = _ask(library, library.nvmlDeviceGetPowerUsage, handle)
    limit_mw = _ask(library, library.nvmlDeviceGetEnforcedPowerLimit, handle)
    processes: Sequence[Any] = _ask(library, library.nvmlDeviceGetComputeRunningProcesses, handle) or ()
    return Gauge(
        name,
        busy=None if rates is None else rates.gpu / 100,
        memory_used_bytes=None if memory is None else int(memory.used),
        memory_total_bytes=None if memory is None else int(memory.total),
        temperature_c=_ask(library, library.nvmlDeviceGetTemperature, handle, library.NVML_TEMPERATURE_GPU),
        power_w=None if power_mw is None else power_mw / 1000,
        power_limit_w=None if limit_mw is None else limit_mw / 1000,
        processes=tuple(process.pid for process in processes),
    )


def _ask(library: Any, function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function of the library says; `None` where this GPU does not tell it."""
    try:
        return function(*arguments)
    except library.NVMLError:
        return None
