"""`tui-tuner check` on the samples: the article's mistakes are found, and a sound search has none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[2] / "sample_configs"


def check(name: str, folder: Path) -> tuple[int, dict[str, Any]]:
    """Exit code and answer."""
    command = [sys.executable, "-m", "tui_tuner.cli", "check", str(SAMPLES / name), "--json", "--points", "1"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_the_leak_and_the_logits_of_the_article_are_found(tmp_path: Path) -> None:
    code, found = check("titanic_article.yaml", tmp_path)
    by_topic = {finding["topic"]: finding["text"] for finding in found["findings"]}
    assert code == 1
    assert by_topic["leak"].startswith("the column alive alone predicts the target")
    assert "sigmoid" in by_topic["from_logits"]
    assert "29 validation rows" in by_topic["validation"]


def test_a_sound_search_has_nothing_to_warn_of_and_is_not_begun(tmp_path: Path) -> None:
    code, found = check("titanic.yaml", tmp_path)
    assert (code, found["findings"]) == (0, [])
    assert found["configurations"] == 24
    assert {point["label"] for point in found["points"]} >= {"defaults", "largest values", "random"}
    assert found["points"][0]["step_s"] > 0
    assert not (tmp_path / "searches").exists()
