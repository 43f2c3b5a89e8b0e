"""How many workers a box gets, and with which environment."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tui_tuner.executors import workers
from tui_tuner.executors.workers import find_gpus, plan_workers

VARIABLES = (
    "CUDA_VISIBLE_DEVICES",
    "OMP_NUM_THREADS",
    "TF_CPP_MIN_LOG_LEVEL",
    "TF_FORCE_GPU_ALLOW_GROWTH",
    "TF_NUM_INTRAOP_THREADS",
)

Box = Callable[..., None]


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Box:
    """Makes this box look as if it had these cores and these GPUs, by an `nvidia-smi` of its own."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)

    def make(cores: int, listing: str = "", status: int = 0) -> None:
        monkeypatch.setattr(workers, "count_cores", lambda: cores)
        tool = tmp_path / "nvidia-smi"
        tool.write_text(f"#!/bin/sh\ncat <<'END'\n{listing}\nEND\nexit {status}\n")
        tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    return make


TWO_GPUS = "GPU 0: NVIDIA A (UUID: GPU-1)\nGPU 1: NVIDIA A (UUID: GPU-2)"
SLICED = (
    "GPU 0: NVIDIA A (UUID: GPU-1)\n"
    "  MIG 1g.10gb     Device  0: (UUID: MIG-a)\n"
    "  MIG 1g.10gb     Device  1: (UUID: MIG-b)"
)


@pytest.mark.parametrize(("cores", "count"), [(1, 1), (2, 1), (3, 1), (4, 2), (16, 8)])
def test_without_a_gpu_there_is_one_worker_for_every_two_cores(box: Box, cores: int, count: int) -> None:
    box(cores)
    planned = plan_workers("auto")
    assert [slot.name for slot in planned] == [f"worker-{number}" for number in range(count)]
    assert {slot.device for slot in planned} == {"CPU"}
    assert all("CUDA_VISIBLE_DEVICES" not in slot.environment for slot in planned)


def test_with_gpus_there_is_one_worker_for_each_and_it_sees_no_other(box: Box) -> None:
    box(16, TWO_GPUS)
    planned = plan_workers("auto")
    assert [(slot.device, slot.environment["CUDA_VISIBLE_DEVICES"]) for slot in planned] == [
        ("GPU 0", "0"),
        ("GPU 1", "1"),
    ]
    assert all("TF_FORCE_GPU_ALLOW_GROWTH" not in slot.environment for slot in planned)


def test_more_workers_than_gpus_share_them(box: Box) -> None:
    box(16, TWO_GPUS)
    planned = plan_workers(3)
    assert [slot.device for slot in planned] == ["GPU 0", "GPU 1", "GPU 0"]
    assert all(slot.environment["TF_FORCE_GPU_ALLOW_GROWTH"] == "true" for slot in planned)


@pytest.mark.parametrize(
    ("allowed", "found"),
    [("1", ("1",)), ("1,0", ("1", "0")), ("", ()), ("-1", ()), ("0,7,1", ("0",)), ("GPU-2", ("GPU-2",))],
)
def test_the_users_choice_of_gpus_is_kept(
    box: Box, monkeypatch: pytest.MonkeyPatch, allowed: str, found: tuple[str, ...]
) -> None:
    box(4, TWO_GPUS)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", allowed)
    assert find_gpus() == found


def test_slices_of_a_gpu_count_as_gpus(box: Box) -> None:
    box(4, SLICED)
    assert find_gpus() == ("MIG-a", "MIG-b")


def test_a_driver_that_fails_means_no_gpu(box: Box) -> None:
    box(4, "NVIDIA-SMI has failed", status=9)
    assert find_gpus() == ()


def test_workers_share_the_cores_and_a_single_one_has_them_all(box: Box) -> None:
    box(8)
    assert {slot.environment["TF_NUM_INTRAOP_THREADS"] for slot in plan_workers(3)} == {"2"}
    assert {slot.environment["OMP_NUM_THREADS"] for slot in plan_workers(20)} == {"1"}
    assert "OMP_NUM_THREADS" not in plan_workers(1)[0].environment


def test_what_the_user_has_set_stays(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box(8)
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    environment = plan_workers(4)[0].environment
    assert not {"OMP_NUM_THREADS", "TF_CPP_MIN_LOG_LEVEL"} & environment.keys()


def test_no_workers_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        plan_workers(0)


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4.0),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ({}, None),
    ],
)
def test_the_control_groups_limit_is_read(tmp_path: Path, files: dict[str, str], cores: float | None) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert workers._cpu_quota(tmp_path) == cores


def test_the_engines_side_loads_neither_keras_nor_numpy() -> None:
    code = (
        "import sys, json, tui_tuner.executors, tui_tuner.executors.process, tui_tuner.executors.inline\n"
        "import tui_tuner.worker.runner, tui_tuner.worker.process_main, tui_tuner.worker.simulated\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    listed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"keras", "tensorflow", "numpy", "pandas", "textual", "pydantic"} & set(json.loads(listed))
