"""`tui-tuner samples`: copies the sample configs, with their models and data, to where a person can change them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

import tui_tuner
from tui_tuner.analysis.text import clean
from tui_tuner.errors import TunerError, to_type

NAME = "sample_configs"


def samples_command(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where they go.")] = Path(NAME),
    force: Annotated[bool, typer.Option("--force", help="Replace files of the same names.")] = False,
) -> None:
    """Copy the sample configs, with their models and data, into a folder, and print what to run."""
    copied = copy_samples(folder, force=force)
    print(clean(f"{len(copied)} files in {folder}; {folder / 'README.md'} says what each shows. To begin with:"))
    print(clean(f"  {to_type('run', folder / 'titanic.yaml')}"))


def samples_folder() -> Path:
    """Where the samples lie: in the installed package, or beside it in a checkout.

    Raises:
        TunerError: If they are not there.
    """
    package = Path(tui_tuner.__file__).parent
    for folder in (package / "_samples", package.parent / NAME):
        if (folder / "titanic.yaml").is_file():
            return folder
    raise TunerError(f"{package}: was installed without its samples.", "Install tui-tuner again.")


def copy_samples(folder: Path, *, force: bool = False) -> tuple[Path, ...]:
    """Copy them into `folder`, which is made.

    Args:
        force: Replace files that are there.

    Returns:
        The files.

    Raises:
        TunerError: If one is there already, or cannot be written.
    """
    source = samples_folder()
    names = [path.relative_to(source) for path in sorted(source.rglob("*")) if _is_sample(path)]
    taken = [folder / name for name in names if (folder / name).exists()]
    if taken and not force and folder.resolve() != source.resolve():
        raise TunerError(f"{taken[0]}: is there already.", "Give another folder, or --force to replace such files.")
    try:
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            if not (folder / name).exists() or not (folder / name).samefile(source / name):
                shutil.copyfile(source / name, folder / name)
    except OSError as error:
        raise TunerError(
            f"{folder}: could not be written ({error.strerror or error}).", "Give another folder."
        ) from error
    return tuple(folder / name for name in names)


def _is_sample(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts
