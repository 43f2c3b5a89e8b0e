"""Whatever is typed into a config: it loads, or there is one `ConfigError` that a terminal can show."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from tui_tuner.configs.load import load_config
from tui_tuner.errors import ConfigError

SAMPLES = Path(__file__).parents[2] / "sample_configs"

# fmt: off
TYPED = (
    "! ", "&a ", "*a ", "<<: ", "{", "}", "[", "]", "? ", "- ", ": ", "\t", "\n", "  ", "null", "~", '"',
    "'", "|", ">", "%", "@", "`", "1e3", ".nan", "2024-01-01", "0x1F", "010", "1:2:3", "true", "é", "\u2028",
    "\x85", "!!int ", "!!bool x", "!!timestamp x", "!!float ", "!!binary ", "!!null x", "---\n", "...\n",
    "-99999999999999999999", "1e999", "../", "~x/", "\x00", "=", "{{x}}",
)
# fmt: on


def mistyped(text: str, chance: random.Random) -> str:
    """The text with one to four typing mistakes."""
    for _ in range(chance.randint(1, 4)):
        position = chance.randrange(len(text))
        removed = chance.choice([0, 0, chance.randint(1, 12)])
        text = text[:position] + chance.choice(TYPED) + text[position + removed :]
    return text


@pytest.mark.parametrize("start", range(0, 400, 100))
def test_mistyped_configs_never_raise_anything_else(start: int, tmp_path: Path) -> None:
    for name in ("titanic.py", "titanic.yaml"):
        shutil.copy(SAMPLES / name, tmp_path)
    (tmp_path / "data").mkdir()
    shutil.copy(SAMPLES / "data" / "titanic.csv", tmp_path / "data")
    path = tmp_path / "titanic.yaml"
    text = path.read_text(encoding="utf-8")
    messages = []
    for seed in range(start, start + 100):
        chance = random.Random(seed)
        path.write_text(mistyped(text, chance), encoding="utf-8")
        key = chance.choice(["search", "data.target", "fit.epochs", "callbacks.x", "model", "run.workers"])
        overrides = [f"{key}={chance.choice(TYPED)}"] if chance.random() < 0.3 else []
        try:
            load_config(path, overrides)
        except ConfigError as error:
            messages.append(str(error))
    assert len(messages) > 50
    assert all(line.isprintable() for message in messages for line in message.split("\n"))
    assert max(map(len, messages)) < 3000
