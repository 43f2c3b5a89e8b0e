"""Runs a script in this process as `python script.py` would."""

from __future__ import annotations

import builtins
import io
import os
import sys
from collections.abc import Sequence
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType, TracebackType

_HERE = str(Path(__file__))


def run_as_main(script: str, arguments: Sequence[str]) -> None:
    """Run a script as the module `__main__`, with its `sys.argv` and its folder first in `sys.path`.

    Call it as the last thing of a process: what the script raises is shown as Python shows it, without the frames of
    its host, and raised again so that the process gets the exit code that it would have had.

    Raises:
        BaseException: What the script raised.
    """
    path = str(Path(script).absolute())
    module = ModuleType("__main__")
    module.__dict__.update(
        __annotations__={},
        __builtins__=builtins,
        __cached__=None,
        __file__=path,
        __loader__=SourceFileLoader("__main__", path),
    )
    sys.argv = [script, *arguments]
    sys.path.insert(0, os.path.dirname(os.path.realpath(script)))  # noqa: PTH120
    sys.modules["__main__"] = module
    try:
        with io.open_code(path) as file:
            code = compile(file.read(), path, "exec", dont_inherit=True)
        exec(code, module.__dict__)
    except SystemExit:
        raise
    except BaseException as error:
        error.__traceback__ = _without_host(error.__traceback__)
        sys.excepthook(type(error), error, error.__traceback__)
        # The interpreter shows what leaves this module too, with our frames, and only it can end the process rightly.
        sys.excepthook = lambda *_: None
        raise


def _without_host(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_frame.f_code.co_filename == _HERE:
        trace = trace.tb_next
    return trace
