"""The app that a browser sees, as a process of its own: `python -m tui_tuner.tui.served DIR [--allow-control]`.

It runs for one connection of `tui-tuner serve`, which reads what it draws from its standard output.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

from tui_tuner.engine.asking import this_person
from tui_tuner.engine.only_reader import OnlyReader
from tui_tuner.engine.reader import SearchReader
from tui_tuner.interop.keras_tuner_follow import following
from tui_tuner.interop.keras_tuner_import import search_in
from tui_tuner.tui.app import TunerApp

_LOOK_EVERY_S = 1.0


def main() -> None:
    """Show the search in a directory until the browser goes, or the server that started this."""
    root = Path(sys.argv[1])
    threading.Thread(target=_end_with, args=(os.getppid(),), name="server-watch", daemon=True).start()
    read_only = "--allow-control" not in sys.argv[2:]
    with search_in(root) as found, following(root, found):
        reader = (OnlyReader if read_only else SearchReader)(root, this_person("browser"), found.database)
        app = TunerApp(reader, drive=None, read_only=read_only, attached=True, quiet=True)
        app.forget_preferences()  # they are those of the person who serves
        app.run()


def _end_with(server: int) -> None:
    """A server that was killed takes this process along."""
    while os.getppid() == server:
        time.sleep(_LOOK_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
