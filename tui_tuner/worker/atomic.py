"""Files that are whole or absent, whenever the process is killed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write `path` as a whole: the block writes the path that it is given, which then takes the place of `path`.

    The temporary path has the same ending (Keras looks at it) and lies in the same folder, which is made. If the block
    raises, `path` stays as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".new.{path.name}")
    try:
        yield new
        with new.open("rb") as file:
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
