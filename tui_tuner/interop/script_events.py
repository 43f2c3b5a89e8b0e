"""`tui-tuner run SCRIPT --json`: the events of a script's searches as lines of JSON on standard output."""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.events import SearchStarted
from tui_tuner.engine.journal import Journal
from tui_tuner.engine.schema import connect
from tui_tuner.interop.script_messages import SearchBegan
from tui_tuner.interop.script_process import Script, ScriptProcess

_EVERY_S = 0.2
_STDERR = 2


def run_with_events(script: Script) -> int:
    """Run the script to its end; what it prints goes to standard error. Returns its exit code.

    Each line has `search` (the search directory), `seq, time, kind, trial_id, data`; an epoch is a line too.
    """
    process = ScriptProcess(script, _STDERR, foreground=True)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to the script as well
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    journals: dict[Path, Journal] = {}
    while True:
        ended = process.exit_code is not None
        for message in process.messages():
            if isinstance(message, SearchBegan):
                root = Path(message.root)
                if root in journals:
                    _print_new(root, journals[root])
                journals[root] = Journal(root, _before_this_run(root))
        for root, journal in journals.items():
            _print_new(root, journal)
        if ended:
            return process.exit_code or 0
        time.sleep(_EVERY_S)


def _before_this_run(root: Path) -> int:
    """Sequence number of the last event before the search was begun or gone on with."""
    connection = connect(SearchDirectory(root).database)
    try:
        (seq,) = connection.execute("SELECT max(seq) FROM events WHERE kind = ?", (SearchStarted.kind,)).fetchone()
    finally:
        connection.close()
    return 0 if seq is None else seq - 1


def _print_new(root: Path, journal: Journal) -> None:
    while entries := journal.new():
        for entry in entries:
            fields = {
                "search": str(root),
                "seq": entry.seq,
                "time": entry.time,
                "kind": entry.kind,
                "trial_id": entry.trial_id,
                "data": entry.data,
            }
            try:
                print(json.dumps(fields, ensure_ascii=False), file=sys.stdout, flush=True)
            except OSError:  # nobody reads it any more; the script goes on
                return
