"""`python -m tui_tuner.interop.host CHANNEL WORKERS SCRIPT [ARGUMENT ...]`: runs an unmodified KerasTuner script.

`import keras_tuner` finds tui-tuner in it. Started by `tui-tuner run SCRIPT` and by nobody else.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from tui_tuner.executors.gpus import find_gpus
from tui_tuner.executors.workers import WorkerCount
from tui_tuner.interop import keras_tuner
from tui_tuner.interop.own_settings import setting_of_own
from tui_tuner.interop.run_main import run_as_main
from tui_tuner.interop.script_messages import Activity, ScriptMessage, SearchBegan, SearchEnded, SearchShared, encode
from tui_tuner.interop.trial_output import TrialOutput
from tui_tuner.tuners.host import set_host

NO_CHANNEL = "-"
IN_PROCESS = "none"

_SLOW_IMPORTS = frozenset({"jax", "keras", "tensorflow", "torch"})
_LOOK_EVERY_S = 0.1


class ScriptHost:
    """The process of one script, as a `tuners.host.Host`.

    Args:
        channel: Where messages go; `None` if nobody wants any.
        workers: How many worker processes may run trials; `None` for none at all.
    """

    def __init__(self, channel: socket.socket | None, workers: WorkerCount | None) -> None:
        self._channel = channel
        self._workers = workers
        self._output = TrialOutput()

    @property
    def workers(self) -> WorkerCount | None:
        return self._workers

    @property
    def peculiarity(self) -> str:
        return setting_of_own()

    @property
    def preparations(self) -> tuple[Callable[[], None], ...]:
        return (keras_tuner.install,)

    def search_began(self, root: Path, *, overwrite: bool) -> None:
        self.tell(SearchBegan(str(root), overwrite))

    def search_ended(self, root: Path) -> None:
        self.tell(SearchEnded(str(root)))

    def search_shared(self, root: Path, *, is_chief: bool) -> None:
        self.tell(SearchShared(str(root), is_chief))

    def trial_output(self, log: Path) -> AbstractContextManager[None]:
        return self._output.into(log)

    def tell(self, message: ScriptMessage) -> None:
        """Send a message; once nobody listens any more, nothing."""
        if self._channel is not None:
            try:
                self._channel.sendall(encode(message))
            except OSError:
                self._channel = None


class ImportWatcher(MetaPathFinder):
    """Finds nothing, but tells when an import begins that takes long, and when it is over."""

    def __init__(self, host: ScriptHost) -> None:
        self._host = host

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> None:
        if name in _SLOW_IMPORTS:
            self._host.tell(Activity(f"importing {name}"))
            threading.Thread(target=self._await, args=(name,), name="import watcher", daemon=True).start()

    def _await(self, name: str) -> None:
        while True:
            time.sleep(_LOOK_EVERY_S)
            module = sys.modules.get(name)
            if module is None or not getattr(module.__spec__, "_initializing", False):
                self._host.tell(Activity(""))
                return


def main() -> None:
    """Run the script that `sys.argv` names; see the module's docstring."""
    descriptor, workers, script, *arguments = sys.argv[1:]
    channel = None
    if descriptor != NO_CHANNEL:
        os.set_inheritable(int(descriptor), False)
        channel = socket.socket(fileno=int(descriptor))
        signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started us may have ignored it
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _end)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    count = _worker_count(workers)
    gpus = len(find_gpus()) if count is not None else 0
    if gpus > 1 or (gpus and count != "auto"):
        # Else the script's own process takes all memory of the GPUs as soon as it builds a model, and none is left.
        os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    host = ScriptHost(channel, count)
    set_host(host)
    keras_tuner.install()
    if channel is not None:
        sys.meta_path.insert(0, ImportWatcher(host))
    run_as_main(script, arguments)


def _worker_count(text: str) -> WorkerCount | None:
    if text == IN_PROCESS:
        return None
    return "auto" if text == "auto" else int(text)


def _end(number: int, frame: FrameType | None) -> None:
    """Let the script, and its search, come to an orderly end."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
