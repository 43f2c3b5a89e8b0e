"""The GPUs that a config asks for: checked before a search starts, and handed on to its workers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from support.nvidia import TWO_GPUS, VARIABLES, write_nvidia_smi

from tui_tuner.configs.assemble import plan_search
from tui_tuner.configs.load import load_config
from tui_tuner.configs.plan import SearchPlan
from tui_tuner.errors import ConfigError
from tui_tuner.executors import process

CONFIG = """
model: dense
data: {sklearn: iris}
search: {objective: val_accuracy, overwrite: true}
run:
"""


@pytest.fixture(autouse=True)
def two_gpus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", write_nvidia_smi(tmp_path / "bin", TWO_GPUS, "0, GPU-1, 10000\n1, GPU-2, 10000"))
    monkeypatch.chdir(tmp_path)


def plan(*lines: str) -> SearchPlan:
    Path("iris.yaml").write_text(CONFIG + "".join(f"  {line}\n" for line in lines))
    return plan_search(load_config(Path("iris.yaml"), []))


@pytest.mark.parametrize("executor", ["process", "inline"])
def test_a_gpu_that_is_not_there_is_refused_and_nothing_is_deleted(executor: str) -> None:
    kept = Path("searches/iris/search.db")
    kept.parent.mkdir(parents=True)
    kept.touch()
    with pytest.raises(ConfigError, match=r"run\.gpus: there is no GPU 7 here"):
        plan(f"executor: {executor}", "gpus: [0, 7]")
    assert kept.exists()


def test_what_the_config_says_of_workers_reaches_them(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[object, dict[str, Any]]] = []
    monkeypatch.setattr(process, "ProcessExecutor", lambda task, workers, **places: made.append((workers, places)))
    plan("gpus: [1, GPU-1]", "workers_per_gpu: 3", "worker_memory: 2 GiB").make_executor()
    plan().make_executor()
    assert made == [
        ("auto", {"gpus": (1, "GPU-1"), "workers_per_gpu": 3, "worker_memory_mib": 2048.0}),
        ("auto", {"gpus": None, "workers_per_gpu": 1, "worker_memory_mib": None}),
    ]


@pytest.mark.parametrize(("gpus", "seen"), [("[1]", "1"), ("[1, 0]", "1,0"), ("[]", "-1")])
def test_trials_in_the_engines_own_process_see_the_chosen_gpus_only(
    monkeypatch: pytest.MonkeyPatch, gpus: str, seen: str
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,0")  # so that it is put back after the test
    monkeypatch.setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    for _ in range(2):  # a search that goes on in the same process
        plan("executor: inline", f"gpus: {gpus}").make_executor()
        assert os.environ["CUDA_VISIBLE_DEVICES"] == seen
