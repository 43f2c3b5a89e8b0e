"""Which GPUs are found and which are used, by an `nvidia-smi` of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.nvidia import SLICED, TWO_GPUS, VARIABLES, write_nvidia_smi

from tui_tuner.errors import ConfigError
from tui_tuner.executors.gpus import find_gpus, memory_by_card


@pytest.fixture(autouse=True)
def no_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    memory = "0, GPU-1, 10000\n1, GPU-2, [N/A]"
    monkeypatch.setenv("PATH", write_nvidia_smi(tmp_path / "bin", TWO_GPUS, memory))


def names(chosen: tuple[int | str, ...] | None = None) -> list[str]:
    return [gpu.name for gpu in find_gpus(chosen)]


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize(
    ("allowed", "found"),
    [("1", ["1"]), ("1,0", ["1", "0"]), ("", []), ("-1", []), ("0,7,1", ["0"]), ("GPU-2", ["GPU-2"])],
)
def test_the_users_choice_of_gpus_is_kept(monkeypatch: pytest.MonkeyPatch, allowed: str, found: list[str]) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", allowed)
    assert names() == found


@pytest.mark.usefixtures("two_gpus")
def test_people_read_the_number_of_a_gpu_that_is_named_by_its_uuid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-2")
    assert [gpu.label for gpu in find_gpus()] == ["GPU 1"]


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize(
    ("chosen", "found"), [((), []), ((1,), ["1"]), ((1, 0), ["1", "0"]), (("1",), ["1"]), (("GPU-2", 0), ["1", "0"])]
)
def test_gpus_are_chosen_by_number_or_uuid(chosen: tuple[int | str, ...], found: list[str]) -> None:
    assert names(chosen) == found


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ((2,), "run.gpus: there is no GPU 2 here\nThere are: GPU 0, GPU-1; GPU 1, GPU-2."),
        (("GPU-7",), "there is no GPU GPU-7 here"),
        (("GPU-",), "GPU- may mean 2 GPUs"),
        ((0, 0), "GPU 0 is named twice"),
        ((0, "GPU-1"), "GPU 0 is named twice"),
    ],
)
def test_a_wrong_choice_says_what_there_is(chosen: tuple[int | str, ...], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        find_gpus(chosen)
    assert words in str(caught.value)


@pytest.mark.usefixtures("two_gpus")
def test_a_choice_cannot_go_beyond_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert names((1,)) == names(("GPU-2",)) == ["1"]
    with pytest.raises(ConfigError, match=r"0 is not among the GPUs that CUDA_VISIBLE_DEVICES allows \(1\)"):
        find_gpus((0,))


def test_without_gpus_a_choice_is_refused_and_none_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert names() == names(()) == []
    with pytest.raises(ConfigError, match="no NVIDIA GPU was found"):
        find_gpus((0,))


def test_slices_of_a_gpu_count_as_gpus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", write_nvidia_smi(tmp_path, SLICED))
    assert names() == names((0,)) == ["MIG-a", "MIG-b"]
    assert names(("MIG-b",)) == ["MIG-b"]
    assert [(gpu.label, gpu.memory_mib) for gpu in find_gpus()] == [("GPU 0 MIG 0", 9728), ("GPU 0 MIG 1", 9728)]


def test_a_driver_that_fails_means_no_gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", write_nvidia_smi(tmp_path, "NVIDIA-SMI has failed", status=9))
    assert names() == []


@pytest.mark.usefixtures("two_gpus")
def test_memory_is_known_by_number_and_uuid_where_the_driver_says_it() -> None:
    assert memory_by_card() == {"0": 10000, "GPU-1": 10000}
