"""The files that a config names: its data, its model, its other functions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tui_tuner.configs.model_reference import ReferenceKind, parse_reference
from tui_tuner.configs.schema import Config


def named_files(config: Config) -> Iterator[Path]:
    """The files without which a search cannot run.

    Args:
        config: With absolute paths.
    """
    functions = ((config.model, True), (config.data.loader, False), (config.run.trial_resources, False))
    for text, ready_made in functions:
        if text is not None:
            reference = parse_reference(text, ready_made=ready_made)
            if reference.kind is ReferenceKind.FILE:
                yield Path(reference.location)
    if config.data.file is not None:
        yield config.data.file
