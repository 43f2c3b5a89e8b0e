"""Runs a script with the app around it, and what comes after the app: its last words and the summaries."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from tui_tuner.analysis.summary import closing_summary
from tui_tuner.analysis.text import clean
from tui_tuner.engine.asking import this_person
from tui_tuner.engine.reader import SearchReader
from tui_tuner.errors import TunerError
from tui_tuner.interop.script_logs import new_log
from tui_tuner.interop.script_process import Script, ScriptProcess
from tui_tuner.system import recent
from tui_tuner.system.gauges import GaugeReader
from tui_tuner.tui.script_app import ScriptApp
from tui_tuner.tui.state import Leave
from tui_tuner.tui.widgets.tail import read_tail

_LAST_LINES = 20
_PATIENCE_S = 20.0
"""How long a script that was told to end may take before it is killed."""

_TRACEBACK = "Traceback (most recent call last):"

_EXIT_TERMINATED = 128 + 15


def run_script(script: Script, *, mouse: bool = True, quiet: bool = False) -> int:
    """Show the app until the person leaves it; returns the exit code.

    Args:
        quiet: Send no notifications to the terminal.

    Raises:
        TunerError: If the script cannot be started.
    """
    log = new_log(script.path)

    def start() -> ScriptProcess:
        with log.open("ab") as output:
            return ScriptProcess(script, output)

    process = start()

    def open_search(root: Path) -> SearchReader:
        recent.remember(root)
        return SearchReader(root, this_person("the app"))

    app = ScriptApp(script.path.name, log, process, start, open_search, GaugeReader(), quiet=quiet)
    leave = app.run(mouse=mouse)
    assert isinstance(app.process, ScriptProcess)
    process = app.process
    if leave is Leave.TERMINATED and process.exit_code is None:
        _end(process)
    _print_rest(app, script, log)
    if leave is Leave.TERMINATED:
        return _EXIT_TERMINATED
    if leave is None:
        return 1
    return (process.exit_code or 0) if leave is Leave.FINISHED else 0


def _end(process: ScriptProcess) -> None:
    process.terminate()
    try:
        process.wait_for(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _without_interruption(lines: list[str]) -> list[str]:
    """The lines up to the last that says something: where a script was interrupted is no news to who stopped it."""
    end = len(lines)
    if "".join(lines).rstrip().endswith(KeyboardInterrupt.__name__):
        end = max((number for number, line in enumerate(lines) if line.startswith(_TRACEBACK)), default=end)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]


def _print_rest(app: ScriptApp, script: Script, log: Path) -> None:
    """What the script printed last, each of its searches, and where everything is."""
    try:
        lines = read_tail(log)
    except OSError:
        lines = []
    lines = _without_interruption(lines)
    shown = lines[-_LAST_LINES:]
    if len(shown) < len(lines):
        shown.insert(0, "…")
    again = shlex.join(["tui-tuner", "run", str(script.path), *(["--", *script.arguments] if script.arguments else [])])
    for source in app.sources.values():
        try:
            shown += ["", *closing_summary(source.poll(), clean(again))]
        except TunerError as error:
            shown += ["", clean(error.message)]
    shown += ["", f"{'output':<12}  {clean(str(log))}"]
    process = app.process
    if process.exit_code is None and isinstance(process, ScriptProcess):
        shown.append(f"{'script':<12}  {clean(script.path.name)} goes on as process {process.pid}")
    print(*shown, sep="\n", flush=True)
