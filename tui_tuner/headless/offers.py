"""What a person can start from here: the configs in a folder, the samples, and the demo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tui_tuner.errors import TunerError
from tui_tuner.headless.samples import samples_folder

_LOOK_AT = 65_536
"""Bytes of a file that tell whether it is a config."""

_MOST_FILES = 200
_KEY = re.compile(r"^(model|search):", re.MULTILINE)
_ABOUT_WIDTH = 200


class OfferKind(StrEnum):
    """Where an offer comes from."""

    DEMO = "demo"
    HERE = "here"
    SAMPLE = "sample"


@dataclass(frozen=True)
class Offer:
    """Something to start.

    Args:
        path: The config; of the demo, its name.
        about: What the comment at its top says first.
    """

    kind: OfferKind
    path: Path
    name: str
    about: str


DEMO = Offer(OfferKind.DEMO, Path("demo"), "demo", "What a search looks like, in half a minute and without Keras.")


def offers(folder: Path) -> list[Offer]:
    """The demo, the configs in a folder and in those right below it, and the samples."""
    return [DEMO, *_configs(folder, OfferKind.HERE), *_samples(folder)]


def _samples(folder: Path) -> Iterator[Offer]:
    try:
        samples = samples_folder()
    except TunerError:
        return
    if samples.parent != folder:  # in a checkout they are found as anybody's
        yield from _configs(samples, OfferKind.SAMPLE)


def _configs(folder: Path, kind: OfferKind) -> Iterator[Offer]:
    for path in _files(folder):
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                text = file.read(_LOOK_AT)
        except OSError:
            continue
        if len(set(_KEY.findall(text))) == 2:
            name = str(path.relative_to(folder))
            yield Offer(kind, path, name, _about(text))


def _files(folder: Path) -> list[Path]:
    try:
        found = [path for pattern in ("*.y*ml", "[!.]*/*.y*ml") for path in sorted(folder.glob(pattern))]
    except OSError:
        return []
    return [path for path in found if path.suffix in (".yaml", ".yml") and path.is_file()][:_MOST_FILES]


def _about(text: str) -> str:
    """The first paragraph of the comment at the top, without the line for editors."""
    words: list[str] = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        said = line.lstrip("#").strip()
        if said.startswith("yaml-language-server"):
            continue
        if not said and words:
            break
        words.append(said)
    return " ".join(filter(None, words))[:_ABOUT_WIDTH]
