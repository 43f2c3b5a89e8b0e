"""`tui-tuner doctor`: what it says of this machine, and of machines where something is wrong."""

from __future__ import annotations

import os
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tui_tuner import cli
from tui_tuner.headless.doctor import EXTRAS, Finding, examine


def found(folder: Path, topic: str) -> Finding:
    return next(finding for finding in examine(folder) if finding.topic == topic)


@pytest.fixture(autouse=True)
def _machine_without_gpus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    nvidia_smi(monkeypatch, tmp_path, "exit 1")
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def nvidia_smi(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """Put a program of that name first on the path."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    (programs / "nvidia-smi").write_text(f"#!/bin/sh\n{script}\n")
    (programs / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")


def test_a_sound_machine_ends_with_success_and_names_what_is_there(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli.app, ["doctor", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert f"{metadata.version('keras')} with tensorflow {metadata.version('tensorflow')}" in done.output
    assert str(tmp_path) in done.output


def test_a_backend_that_does_not_exist_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "theano")
    done = CliRunner().invoke(cli.app, ["doctor", str(tmp_path)])
    assert done.exit_code == 1
    assert "Set KERAS_BACKEND to one of tensorflow, jax, torch." in done.output


def test_a_folder_that_is_not_there_yet_is_judged_by_where_it_would_be(tmp_path: Path) -> None:
    assert f"free in {tmp_path}," in found(tmp_path / "a" / "b", "disk").text


def test_a_file_is_no_place_for_searches(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    place = found(tmp_path / "file", "disk")
    assert place.is_problem
    assert place.text == f"{tmp_path / 'file'} is a file"


def test_a_missing_extra_is_named_with_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = metadata.version

    def version(package: str) -> str:
        if package == "ray":
            raise metadata.PackageNotFoundError(package)
        return real(package)

    monkeypatch.setattr(metadata, "version", version)
    assert found(tmp_path, "extra ray") == Finding("extra ray", "not installed", "for it: pip install 'tui-tuner[ray]'")


def test_every_extra_that_a_person_may_want_is_looked_for() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(EXTRAS) == project["optional-dependencies"].keys() - {"dev", "benchmarks"}


def test_a_gpu_that_the_backend_does_not_see_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorFlow itself is asked; on a machine without a GPU it sees none."""
    nvidia_smi(
        monkeypatch,
        tmp_path,
        'case "$*" in -L) echo "GPU 0: Pretended (UUID: GPU-1)";; *) echo "GPU-1, 24576 MiB";; esac',
    )
    assert found(tmp_path, "tensorflow") == Finding(
        "tensorflow", "sees 0 of 1 GPU", "pip install 'tui-tuner[gpu]'", is_problem=True
    )
