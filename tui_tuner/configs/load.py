"""From a config file and `--set` options to a checked `Config`. Cheap: the app waits for it before it first draws."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tui_tuner.configs.checks import check
from tui_tuner.configs.document import Located, parse
from tui_tuner.configs.model_reference import parse_reference
from tui_tuner.configs.overrides import apply_overrides
from tui_tuner.configs.paths import absolute_path
from tui_tuner.configs.problems import Place, Problem, config_error, did_you_mean
from tui_tuner.configs.schema import Config
from tui_tuner.configs.validation import validate
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.errors import ConfigError, to_type

MAX_BYTES = 1 << 20
"""Size of the largest file that is taken for a config."""


def load_config(path: str | Path, overrides: Sequence[str] = ()) -> Config:
    """Read and check a config.

    Model, loader and data files are found from the config file's folder, `search.directory` from the current one.

    Args:
        overrides: `key=value` pairs with dotted keys and YAML values, put in before the check.

    Raises:
        ConfigError: With every mistake that can be told without running anything.
    """
    path = Path(path)
    if path.suffix == ".py":
        raise _error(Place(str(path)), "this is a Python script, expected a YAML file", "Only run takes scripts.")
    tree = _read(path)
    if not isinstance(tree.value, dict):
        raise _error(Place(str(path), tree.place.line), f"expected a mapping (key: value), found {tree.describe()}")
    tree = apply_overrides(tree, overrides)
    if "name" not in tree.value:
        tree = Located({"name": Located(path.stem, tree.place, path.stem), **tree.value}, tree.place)
    folder = path.absolute().parent
    config = _with_absolute_paths(validate(tree), folder)
    problems = check(tree, config, folder)
    if problems:
        raise config_error(problems)
    return config


def _read(path: Path) -> Located:
    tree = parse(_text(path), str(path))
    if tree is None:
        raise _error(Place(str(path)), "the file is empty", "A config has at least the keys model and data.")
    return tree


def _text(path: Path) -> str:
    place = Place(str(path))
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        siblings = [other.name for pattern in ("*.yaml", "*.yml") for other in path.parent.glob(pattern)]
        raise _error(place, "there is no such file", did_you_mean(path.name, siblings)) from None
    except IsADirectoryError:
        holds_search = SearchDirectory(path).exists()
        hint = f"It holds a search; to go on with that: {to_type('resume', path)}" if holds_search else ""
        raise _error(place, "this is a directory, expected a YAML file", hint) from None
    except (OSError, ValueError) as error:
        raise _error(place, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(content) > MAX_BYTES:
        raise _error(place, f"this is no config: it has more than {MAX_BYTES} bytes")
    if b"\0" in content:
        raise _error(place, "this is no text but a binary file, expected YAML")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _error(Place(str(path), line), "this is no text in UTF-8", "Save the file as UTF-8.") from None


def _with_absolute_paths(config: Config, folder: Path) -> Config:
    data, search, run = config.data, config.search, config.run
    changed: dict[str, object] = {}
    if data.file is not None:
        changed[data.source] = absolute_path(data.file, folder)
    if data.loader is not None:
        changed["loader"] = _absolute_reference(data.loader, folder, ready_made=False)
    if run.trial_resources is not None:
        reference = _absolute_reference(run.trial_resources, folder, ready_made=False)
        run = run.model_copy(update={"trial_resources": reference})
    return config.model_copy(
        update={
            "model": _absolute_reference(config.model, folder, ready_made=True),
            "data": data.model_copy(update=changed),
            "run": run,
            "search": search.model_copy(update={"directory": absolute_path(search.directory, Path.cwd())}),
        }
    )


def _absolute_reference(text: str, folder: Path, *, ready_made: bool) -> str:
    try:
        return str(parse_reference(text, ready_made=ready_made).relative_to(folder))
    except ConfigError:  # told by the checks, with its line
        return text


def _error(place: Place, text: str, hint: str = "") -> ConfigError:
    return config_error([Problem(place, "", text, hint)])
