"""The wheel: what is installed from it has all that it needs, the sample configs too."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_configs"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what `pip install` would unpack of this checkout's wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(site: Path, folder: Path, *arguments: str) -> str:
    """What the command prints, with the package that lies in `site` and not with this checkout's."""
    environment = {**os.environ, "PYTHONPATH": str(site)}
    command = [sys.executable, "-m", "tui_tuner.cli", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_samples_are_found_where_it_is_installed(installed: Path, tmp_path: Path) -> None:
    assert "tui-tuner run mine/titanic.yaml" in run(installed, tmp_path, "samples", "mine")
    assert files_of(tmp_path / "mine") == files_of(SAMPLES)


def test_it_holds_every_file_of_the_package(installed: Path) -> None:
    ours = files_of(ROOT / "tui_tuner")
    assert ours.items() <= files_of(installed / "tui_tuner").items()
    assert {path.name for path in installed.iterdir()} == {"tui_tuner", next(installed.glob("*.dist-info")).name}
