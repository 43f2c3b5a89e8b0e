"""What importing the search space loads."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["tui_tuner.space", "tui_tuner.engine.space_view"])
def test_the_space_is_light_to_import(module: str) -> None:
    heavy = ("numpy", "pandas", "scipy", "keras", "tensorflow", "textual", "pydantic")
    code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert result.stdout.strip() == "[]"
