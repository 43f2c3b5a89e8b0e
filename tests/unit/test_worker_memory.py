"""What stays in memory between trainings."""

from __future__ import annotations

import subprocess
import sys

_CODE = """
import gc, weakref
from tui_tuner.worker.memory import dedicate_process, forget_models

class Model:
    def __init__(self):
        self.me = self

gc.disable()
loaded = [[] for _ in range(1000)]
{begin}
seen_before = len(gc.get_objects())
model = Model()
gone = weakref.ref(model)
del model
kept = [[] for _ in range(5000)]
forget_models()
print(gone() is None, len(gc.get_objects()) - seen_before > 4000)
"""


def run(begin: str) -> list[str]:
    code = _CODE.format(begin=begin)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def test_models_are_collected_and_what_remains_is_not_walked_over_again() -> None:
    assert run("dedicate_process()") == ["True", "False"]


def test_another_process_keeps_its_collector_as_it_is() -> None:
    assert run("") == ["True", "True"]
