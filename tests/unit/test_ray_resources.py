"""Resources, files and code for machines of a cluster: what can be told without one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tui_tuner.errors import TunerError
from tui_tuner.executors import ray_files
from tui_tuner.executors.ray_code import load_function, user_code
from tui_tuner.executors.ray_executor import RayExecutor
from tui_tuner.executors.ray_files import FilePart, pack, unpack
from tui_tuner.executors.ray_resources import (
    Machine,
    default_resources,
    machine_resources,
    places_on,
    read_resources,
)
from tui_tuner.worker.jobs import Task


@pytest.mark.parametrize(
    ("has", "needs", "places"),
    [
        ({"num_cpus": 8}, {"num_cpus": 1}, 8),
        ({"num_cpus": 8}, {"num_cpus": 3}, 2),
        ({"num_cpus": 8, "num_gpus": 2}, {"num_cpus": 1, "num_gpus": 0.25}, 8),
        ({"num_cpus": 8, "num_gpus": 1}, {"num_cpus": 1, "num_gpus": 0.3333}, 3),
        ({"num_cpus": 8}, {"num_cpus": 1, "big": 1}, 0),
        ({"num_cpus": 8, "big": 2}, {"num_cpus": 0, "big": 1}, 2),
        ({"num_cpus": 4}, {"num_cpus": 0}, 4),
        ({"num_cpus": 4}, {}, 4),
    ],
)
def test_a_machine_has_so_many_places(has: dict[str, float], needs: dict[str, float], places: int) -> None:
    assert places_on(Machine("a", "a", has), needs) == places


def test_what_is_taken_by_default_fits_as_often_as_it_shall() -> None:
    machine = Machine("a", "a", {"num_cpus": 64, "num_gpus": 2})
    for share in range(1, 20):
        assert places_on(machine, default_resources([machine], share)) == 2 * share
    assert default_resources([Machine("b", "b", {"num_cpus": 2})], 3) == {"num_cpus": 1}


def test_rays_names_become_those_of_the_config() -> None:
    assert machine_resources({"CPU": 2.0, "GPU": 1.0, "big": 3.0}) == {"num_cpus": 2, "num_gpus": 1, "big": 3}


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (3, "it returned int"),
        ({"num_gpus": "two"}, "'num_gpus': 'two'"),
        ({"num_gpus": True}, "'num_gpus': True"),
        ({1: 1}, "1: 1"),
        ({"num_gpus": -1}, "expected 0 or more"),
        ({"num_gpus": float("nan")}, "expected 0 or more"),
    ],
)
def test_what_the_users_function_returns_is_checked(found: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_resources(found)
    assert read_resources({"num_gpus": 1}) == {"num_gpus": 1.0}
    assert read_resources(None) == {}


def test_files_arrive_as_they_were_in_as_many_parts_as_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray_files, "_PART_BYTES", 10)
    root = tmp_path / "here"
    contents = {"a/b.bin": bytes(range(25)), "a/empty": b"", "a/c/exact.bin": b"0123456789", "log.txt": b"x"}
    for name, content in contents.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    (root / "a" / ".new.half").write_bytes(b"being written")
    parts = list(pack(root, [root / "a", root / "log.txt", root / "missing"]))
    assert max(len(part.content) for part in parts) == 10
    unpack(tmp_path / "there", parts)
    arrived = {
        path.relative_to(tmp_path / "there").as_posix(): path.read_bytes()
        for path in (tmp_path / "there").rglob("*")
        if path.is_file()
    }
    assert arrived == contents


@pytest.mark.parametrize("path", ["../evil", "/etc/evil", "a/../../evil"])
def test_no_file_is_written_elsewhere(tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError, match="leads out of"):
        unpack(tmp_path / "there", [FilePart(path, 0, b"x", is_last=True)])
    assert not list(tmp_path.rglob("evil"))


def test_the_models_file_travels_with_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("from layers import hidden\n")
    (tmp_path / "layers.py").write_text("hidden = 3\n")
    (tmp_path / "data.csv").write_text("1,2\n")
    code = user_code(f"{tmp_path}/model.py:build")
    assert code is not None
    there = tmp_path / "there"
    unpack(there, code.files)
    assert sorted(path.name for path in there.iterdir()) == ["layers.py", "model.py"]
    assert code.model_in(there) == f"{there}/model.py:build"


def test_a_hypermodel_that_a_script_handed_over_travels_as_its_file(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(b"pickled")
    code = user_code(f"pickle:{tmp_path}/model.pkl")
    assert code is not None
    unpack(tmp_path / "there", code.files)
    assert code.model_in(tmp_path / "there") == f"pickle:{tmp_path}/there/model.pkl"
    assert (tmp_path / "there" / "model.pkl").read_bytes() == b"pickled"


@pytest.mark.parametrize("model", ["dense", "package.module:build", "simulated:{}"])
def test_what_is_in_no_file_does_not_travel(model: str) -> None:
    assert user_code(model) is None


def test_the_users_function_must_be_one(tmp_path: Path) -> None:
    (tmp_path / "needs.py").write_text("needs = 3\n")
    with pytest.raises(TunerError, match="is no function"):
        load_function(f"{tmp_path}/needs.py:needs")


def task(folder: Path) -> Task:
    return Task("simulated:{}", None, folder, {}, {}, "loss", "min", 1, 1, folder)


def test_without_ray_one_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(TunerError) as caught:
        RayExecutor(task(tmp_path))
    assert caught.value.hint == "Install it with pip install 'tui-tuner[ray]'."


def test_there_is_at_least_one_worker(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1, not 0"):
        RayExecutor(task(tmp_path), workers=0)
    with pytest.raises(ValueError, match="at least 1, not 0"):
        RayExecutor(task(tmp_path)).resize(0)
