"""Where trials run: inline, in worker processes, or on a Ray cluster; one protocol. Names are loaded when used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui_tuner.executors.inline import InlineExecutor
    from tui_tuner.executors.process import ProcessExecutor
    from tui_tuner.executors.protocol import Executor, ReportSink
    from tui_tuner.executors.ray_executor import RayExecutor

__all__ = ["Executor", "InlineExecutor", "ProcessExecutor", "RayExecutor", "ReportSink"]

_HOMES = {
    "Executor": "protocol",
    "InlineExecutor": "inline",
    "ProcessExecutor": "process",
    "RayExecutor": "ray_executor",
    "ReportSink": "protocol",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
