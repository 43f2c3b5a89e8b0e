"""The user's code on nodes that do not see the engine's files: it travels with the slot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui_tuner.configs.model_reference import ReferenceKind, load_object, parse_reference
from tui_tuner.errors import TunerError
from tui_tuner.executors.ray_files import Parcel, pack


@dataclass(frozen=True)
class UserCode:
    """The file that a model reference names, with the Python files beside it.

    Args:
        files: The files, by their paths from the folder in which the named one lies.
        file: Name of that file.
        before, after: What stands before and after the file in the reference.
    """

    files: Parcel
    file: str
    before: str
    after: str

    def model_in(self, folder: Path) -> str:
        """The model reference where the files lie in `folder`."""
        return f"{self.before}{folder / self.file}{self.after}"


def user_code(model: str) -> UserCode | None:
    """What `Task.model` needs on a node without the engine's files; `None` if no file is named.

    Modules are not sent: `package.module:function` must be installed on each node.
    """
    try:
        reference = parse_reference(model)
    except TunerError:  # a simulation
        return None
    path = Path(reference.location)
    if reference.kind is ReferenceKind.FILE:
        neighbours = sorted(path.parent.glob("*.py"))
        return UserCode(tuple(pack(path.parent, neighbours)), path.name, "", f":{reference.name}")
    if reference.kind is ReferenceKind.PICKLE:
        return UserCode(tuple(pack(path.parent, [path])), path.name, "pickle:", "")
    return None


def load_function(reference: str) -> Callable[[Mapping[str, Any]], Any]:
    """The user's function behind `run.trial_resources`. Runs the user's code.

    Raises:
        TunerError: If there is none, or it cannot be called.
    """
    found = load_object(parse_reference(reference, ready_made=False))
    if not callable(found):
        raise TunerError(f"{reference} is no function")
    return found  # type: ignore[no-any-return]
