"""A worker's share of a GPU's memory. Without a GPU: backends stand in, and TensorFlow itself has none to limit."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from tui_tuner.worker.device import GpuShare, allowed_gpus, count_gpus, limit_gpu_memory

SHARE = GpuShare(4250, 0.425)


class TensorFlow:
    """As much of it as is needed to limit a GPU."""

    def __init__(self, *gpus: str) -> None:
        self.limits: dict[str, list[int]] = {}
        self.config = SimpleNamespace(
            list_physical_devices=lambda kind: list(gpus) if kind == "GPU" else [],
            LogicalDeviceConfiguration=lambda memory_limit: memory_limit,
            set_logical_device_configuration=self.limits.__setitem__,
        )


def test_tensorflow_gets_one_logical_device_with_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = TensorFlow("gpu")
    monkeypatch.setitem(sys.modules, "tensorflow", backend)
    limit_gpu_memory(None)
    assert backend.limits == {}
    limit_gpu_memory(SHARE)
    assert backend.limits == {"gpu": [4250]}


@pytest.mark.parametrize(("available", "limits"), [(True, [0.425]), (False, [])])
def test_torch_gets_a_fraction_where_it_has_a_gpu(
    monkeypatch: pytest.MonkeyPatch, available: bool, limits: list[float]
) -> None:
    found: list[float] = []
    cuda = SimpleNamespace(is_available=lambda: available, set_per_process_memory_fraction=found.append)
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    limit_gpu_memory(SHARE)
    assert found == limits


def test_a_limit_that_cannot_be_set_is_told_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: Any) -> None:
        raise RuntimeError("GPUs must be configured before they are initialized")

    backend = TensorFlow("gpu")
    backend.config.set_logical_device_configuration = refuse
    monkeypatch.setitem(sys.modules, "tensorflow", backend)
    limit_gpu_memory(SHARE)
    words = "the memory that tensorflow takes of the GPU is not limited: GPUs must be configured"
    assert capsys.readouterr().err.startswith(words)


def test_tensorflow_itself_takes_the_limit_and_trains_on_without_a_gpu() -> None:
    code = (
        "import tensorflow as tf\n"
        "from tui_tuner.worker.device import GpuShare, allowed_gpus, count_gpus, limit_gpu_memory\n"
        "limit_gpu_memory(GpuShare(4250, 0.425))\n"
        "print(tf.config.LogicalDeviceConfiguration(memory_limit=4250).memory_limit)\n"
        "print(float(tf.reduce_sum(tf.ones((3, 3)))))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["4250", "9.0"]
    assert "not limited" not in done.stderr


@pytest.mark.parametrize(("visible", "allowed"), [(None, 0), ("", 0), ("-1", 0), ("0", 1), ("GPU-1,GPU-2", 2)])
def test_the_environment_says_how_many_gpus_may_be_used(
    visible: str | None, allowed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if visible is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert allowed_gpus() == allowed


def test_the_backend_says_how_many_gpus_it_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", TensorFlow("one", "two"))
    assert count_gpus() == 2
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace())  # a driver that fails, say
    assert count_gpus() == 0
