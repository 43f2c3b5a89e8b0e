"""`tui-tuner samples`: copies, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tui_tuner import cli
from tui_tuner.errors import TunerError
from tui_tuner.headless.samples import copy_samples, samples_folder


def test_they_are_copied_with_their_data_and_what_to_run_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    done = CliRunner().invoke(cli.app, ["samples", str(folder)])
    assert done.exit_code == 0, done.output
    assert f"tui-tuner run {folder / 'titanic.yaml'}" in done.output
    assert (folder / "data" / "titanic.csv").read_bytes() == (samples_folder() / "data" / "titanic.csv").read_bytes()


def test_what_a_person_has_changed_is_only_replaced_if_that_is_asked_for(tmp_path: Path) -> None:
    copy_samples(tmp_path)
    (tmp_path / "titanic.yaml").write_text("mine")
    with pytest.raises(TunerError, match="is there already"):
        copy_samples(tmp_path)
    assert (tmp_path / "titanic.yaml").read_text() == "mine"
    copy_samples(tmp_path, force=True)
    assert (tmp_path / "titanic.yaml").read_text() != "mine"


def test_in_a_checkout_the_samples_stay_as_they_are() -> None:
    before = {path: path.read_bytes() for path in samples_folder().glob("*.yaml")}
    copy_samples(samples_folder(), force=True)
    assert {path: path.read_bytes() for path in samples_folder().glob("*.yaml")} == before


def test_a_folder_that_cannot_be_made_is_said_clearly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TunerError, match="could not be written"):
        copy_samples(tmp_path / "file" / "below")
