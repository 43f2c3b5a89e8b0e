"""Programs that a test runs beside itself."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def started(command: list[str], folder: Path, output: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program that prints into a file, in a process group of its own; killed at the latest when the block ends."""
    with output.open("ab") as out:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
