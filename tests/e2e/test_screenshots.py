"""The script that makes the pictures of the README still finds what it wants to show."""

from __future__ import annotations

import asyncio
from pathlib import Path
from xml.etree import ElementTree

from screenshots.make_screenshots import FOLDER, SHOTS, run_demo, take


def test_every_picture_is_made_from_a_real_search(tmp_path: Path) -> None:
    run_demo(tmp_path / "demo", trials=14, pace_s=0.02)
    for shot in SHOTS:
        picture = asyncio.run(take(tmp_path / "demo", shot))  # fails if the screen does not show what it should
        assert ElementTree.fromstring(picture).tag.endswith("svg")
        assert (FOLDER / f"{shot.name}.svg").is_file()
