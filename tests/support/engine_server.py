"""Starts engines in a few milliseconds: a process that has imported everything and forks for each of them.

For tests that start hundreds. An engine made so is a program like any other, in a session of its own, with simulated
training in real worker processes. Run as a script, this file is the server.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

_TESTS = Path(__file__).parents[1]


class Engine:
    """A running engine: a child of the server."""

    def __init__(self, server: EngineServer, pid: int) -> None:
        self._server = server
        self.pid = pid
        self._returncode: int | None = None

    def poll(self) -> int | None:
        """How it ended, as `subprocess` has it; `None` while it runs."""
        if self._returncode is None:
            self._returncode = self._server.ask({"poll": self.pid})
        return self._returncode

    def wait(self) -> int:
        """Wait for its end; returns how it ended."""
        if self._returncode is None:
            self._returncode = self._server.ask({"wait": self.pid})
            assert self._returncode is not None
        return self._returncode

    def kill(self) -> None:
        """End it as `kill -9` does, and wait."""
        self.send_signal(signal.SIGKILL)
        self.wait()

    def send_signal(self, number: int) -> None:
        if self._returncode is None:
            os.kill(self.pid, number)  # it is a zombie at worst, until it has been waited for


class EngineServer:
    """The server's process, as a context.

    Args:
        mounts: A table of mounted file systems that the engines believe in, in place of the system's own.
    """

    def __init__(self, mounts: Path | None = None) -> None:
        paths = [str(_TESTS), str(_TESTS.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, __file__, *([] if mounts is None else [str(mounts)])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )

    def __enter__(self) -> EngineServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()  # it ends what is left
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def start(self, command: Sequence[str], folder: Path, output: Path) -> Engine:
        """Start an engine.

        Args:
            command: A command line of `SimulatedSearch`.
            folder: Its current directory.
            output: File to which what it prints is appended.
        """
        wanted = {"start": list(command[2:]), "folder": str(folder), "output": str(output)}
        pid = self.ask(wanted)
        assert pid is not None
        return Engine(self, pid)

    def ask(self, request: object) -> int | None:
        """Send the server a request and return its answer."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        answer: int | None = json.loads(process.stdout.readline())
        return answer


def _serve() -> None:
    import tui_tuner.configs.assemble
    import tui_tuner.engine.file_system
    import tui_tuner.engine.resume
    import tui_tuner.executors.process
    import tui_tuner.headless.session
    import tui_tuner.oracles.bayesian
    import tui_tuner.worker.simulated

    if len(sys.argv) > 1:
        tui_tuner.engine.file_system.MOUNTS = Path(sys.argv[1])
    running: set[int] = set()
    for line in sys.stdin:
        request = json.loads(line)
        if "start" in request:
            pid = os.fork()
            if pid == 0:
                _become(request)
            running.add(pid)
            answer: int | None = pid
        else:
            pid = request.get("poll") or request["wait"]
            ended, status = os.waitpid(pid, os.WNOHANG if "poll" in request else 0)
            answer = os.waitstatus_to_exitcode(status) if ended else None
            running -= {ended}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for pid in running:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _become(request: dict[str, object]) -> None:
    """Be the engine that was asked for, and end with it."""
    from support import simulated

    code: object = 1
    try:
        os.setsid()
        os.chdir(str(request["folder"]))
        for descriptor, path, flags in (
            (0, os.devnull, os.O_RDONLY),
            (1, str(request["output"]), os.O_WRONLY | os.O_APPEND | os.O_CREAT),
        ):
            file = os.open(path, flags, 0o644)
            os.dup2(file, descriptor)
            os.close(file)
        os.dup2(1, 2)
        arguments = request["start"]
        assert isinstance(arguments, list)
        sys.argv = [simulated.__file__, *arguments]
        simulated.main()
        code = 0
    except SystemExit as end:
        code = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    _serve()
