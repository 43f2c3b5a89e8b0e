"""How many workers a box gets, and with which environment."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.nvidia import SLICED, TWO_GPUS, VARIABLES, write_nvidia_smi

from tui_tuner.executors import workers
from tui_tuner.executors.workers import plan_workers
from tui_tuner.worker.device import GpuShare

Box = Callable[..., None]


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Box:
    """Makes this box look as if it had these cores and these GPUs, by an `nvidia-smi` of its own."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)

    def make(cores: int, listing: str = "", memory: str = MEMORY) -> None:
        monkeypatch.setattr(workers, "count_cores", lambda: cores)
        monkeypatch.setenv("PATH", write_nvidia_smi(tmp_path, listing, memory))

    return make


MEMORY = "0, GPU-1, 10000\n1, GPU-2, 20000"


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
    assert {slot.gpu_share for slot in planned} == {None}


def test_a_gpus_memory_is_taken_as_it_is_needed_so_that_more_workers_may_come(box: Box) -> None:
    box(16, TWO_GPUS)
    for slot in plan_workers(1):
        assert slot.environment["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
        assert slot.environment["XLA_PYTHON_CLIENT_PREALLOCATE"] == "false"
        assert "XLA_PYTHON_CLIENT_MEM_FRACTION" not in slot.environment


def test_more_workers_than_gpus_share_them(box: Box) -> None:
    box(16, TWO_GPUS)
    planned = plan_workers(3)
    assert [slot.device for slot in planned] == ["GPU 0", "GPU 1", "GPU 0"]
    assert all(slot.gpu_share is not None for slot in planned)


def test_workers_that_are_packed_on_a_gpu_have_a_limit_each_and_room_for_what_cuda_needs(box: Box) -> None:
    box(16, TWO_GPUS)
    planned = plan_workers("auto", workers_per_gpu=2)
    assert [slot.environment["CUDA_VISIBLE_DEVICES"] for slot in planned] == ["0", "1", "0", "1"]
    small, big = planned[0], planned[1]
    assert small.gpu_share == GpuShare(4250, 0.425)
    assert big.gpu_share == GpuShare(9000, 0.45)
    assert small.environment["XLA_PYTHON_CLIENT_MEM_FRACTION"] == "0.425"
    assert {slot.environment["OMP_NUM_THREADS"] for slot in planned} == {"4"}


def test_even_many_workers_on_a_small_gpu_get_half_of_their_part(box: Box) -> None:
    box(16, TWO_GPUS, "0, GPU-1, 2000\n1, GPU-2, 2000")
    share = plan_workers("auto", workers_per_gpu=4)[0].gpu_share
    assert share == GpuShare(250, 0.125)


@pytest.mark.parametrize("memory", ["", "0, GPU-1, [N/A]\n1, GPU-2, [N/A]", "nonsense"])
def test_a_gpu_of_unknown_size_is_shared_without_limits(box: Box, memory: str) -> None:
    box(16, TWO_GPUS, memory)
    planned = plan_workers("auto", workers_per_gpu=2)
    assert {slot.gpu_share for slot in planned} == {None}
    assert {slot.environment["TF_FORCE_GPU_ALLOW_GROWTH"] for slot in planned} == {"true"}


def test_slices_of_a_gpu_share_what_their_names_say(box: Box) -> None:
    box(16, SLICED)
    assert plan_workers(4)[0].gpu_share == GpuShare(4120, 4120 / 9728)


def test_only_chosen_gpus_are_used(box: Box) -> None:
    box(16, TWO_GPUS)
    planned = plan_workers(2, gpus=(1,))
    assert [slot.device for slot in planned] == ["GPU 1", "GPU 1"]
    assert {slot.environment["CUDA_DEVICE_ORDER"] for slot in planned} == {"PCI_BUS_ID"}


def test_an_empty_choice_of_gpus_means_none(box: Box) -> None:
    box(4, TWO_GPUS)
    planned = plan_workers("auto", gpus=())
    assert {(slot.device, slot.environment["CUDA_VISIBLE_DEVICES"]) for slot in planned} == {("CPU", "-1")}


def test_the_users_numbers_of_gpus_are_not_counted_in_another_order(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box(4, TWO_GPUS)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    environment = plan_workers(1)[0].environment
    assert environment["CUDA_VISIBLE_DEVICES"] == "1"
    assert "CUDA_DEVICE_ORDER" not in environment


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
    with pytest.raises(ValueError, match="at least 1"):
        plan_workers("auto", workers_per_gpu=0)


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
