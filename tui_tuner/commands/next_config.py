"""The config of the search that should come after one, with what that has taught."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui_tuner.analysis.advice import advice
from tui_tuner.analysis.axes import definitions_of
from tui_tuner.analysis.edges import edges
from tui_tuner.analysis.formatting import format_count, format_metric, format_number
from tui_tuner.analysis.narrowing import narrowed
from tui_tuner.analysis.text import clean
from tui_tuner.engine.typed_values import describe
from tui_tuner.engine.view import Scalar, SearchView
from tui_tuner.errors import TunerError

if TYPE_CHECKING:
    from tui_tuner.configs.schema import Config

_WARM_STARTED = ("auto", "bayesian")


def comments(view: SearchView) -> Iterator[str]:
    """What the search has taught, as lines of YAML comments."""
    best = view.best
    if best is None:
        raise TunerError(f"{view.root}: no trial has completed yet, so there is nothing to learn from.")
    yield f"# After {clean(str(view.root))}, {format_count(len(view.trials), 'trial')}: the best has"
    yield f"# {clean(view.objective.name)} {format_metric(best.score)}, trial {clean(best.trial_id)}."
    wider = {edge.name: edge for edge in edges(view)}
    for each in advice(view):
        yield f"# {each.topic}: {each.text}{f': {each.fix}' if each.fix else ''}"
    for name, edge in wider.items():
        if not edge.is_limit:
            declared = describe(hp for hp in view.space if hp.name == name)
            yield (
                f"# To do in build_model: {clean(name)} is searched in {clean(declared)}; "
                f"make its {edge.side} end {format_number(edge.beyond)}."
            )


def next_config(view: SearchView, config: Config) -> str:
    """The config as a YAML file.

    Args:
        config: That of the search.
    """
    import yaml

    values: dict[str, Any] = config.model_dump(mode="json", exclude_defaults=True)
    search: dict[str, Any] = values.get("search", {})
    name = next_name(config.search.project_name, config.search.directory)
    assert view.best is not None
    search |= {"project_name": name}
    search.pop("overwrite", None)
    epochs = next((each.epochs for each in advice(view) if each.epochs is not None), None)
    # Scores of trainings of another length are others: the model is not to learn from them.
    learns = config.search.tuner in _WARM_STARTED and epochs is None
    if learns:
        search["warm_start"] = [*search.get("warm_start", ()), str(view.root.absolute())]
        search.pop("initial_trials", None)
    else:
        search["initial_trials"] = [dict(view.best.tuned)]
    limits = {**_kept_limits(view), **{each.name: list(each.values) for each in narrowed(view)}}
    if limits:
        search["limits"] = limits
    else:
        search.pop("limits", None)
    if config.search.seed is not None:
        search["seed"] = (config.search.seed + 1) % 2**32  # else it would begin with the same proposals
    if epochs is not None:
        values["fit"] = {**values.get("fit", {}), "epochs": epochs}
    values |= {"name": name, "search": search}
    order = ("name", "model", "data", "search", "fit", "callbacks", "run")
    ordered = {key: values[key] for key in order if key in values}
    lines = [*comments(view), *_settings(view, learns=learns)]
    return "\n".join([*lines, "", yaml.safe_dump(ordered, sort_keys=False, allow_unicode=True)])


def _kept_limits(view: SearchView) -> dict[str, list[Scalar]]:
    """What a person has set, but for those at which the best trials lie."""
    lifted = {edge.name for edge in edges(view) if edge.is_limit}
    kept: dict[str, list[Scalar]] = {}
    for name, limit in view.limits.items():
        definitions = definitions_of(view.space).get(name)
        if definitions is None or name in lifted:
            continue
        lowest = min((hp.min_value for hp in definitions if hp.min_value is not None), default=None)
        highest = max((hp.max_value for hp in definitions if hp.max_value is not None), default=None)
        ends = (
            lowest if limit.min_value is None else limit.min_value,
            highest if limit.max_value is None else limit.max_value,
        )
        kept[name] = list(limit.values) if limit.values is not None else [end for end in ends if end is not None]
    return kept


def _settings(view: SearchView, *, learns: bool) -> Iterator[str]:
    """What of the settings below is new."""
    if learns:
        yield "# search.warm_start: the best configurations come first, and the model learns from all of its trials."
    else:
        yield "# search.initial_trials: the best configuration comes first, so that both searches can be compared."
    for each in narrowed(view):
        shown = _shown(each.values)
        yield f"# search.limits: the best trials have {clean(each.name)} {'from ' if each.is_range else 'at '}{shown}."


def _shown(values: tuple[Scalar, ...]) -> str:
    return clean(" to ".join(map(str, values)) if len(values) == 2 else ", ".join(map(str, values)))


def next_name(name: str, folder: Path) -> str:
    """The first name with a number after this one that no search in the folder has: `titanic` is followed by
    `titanic_2`."""
    stem, number = name, 1
    if (found := re.fullmatch(r"(.+)_(\d+)", name)) is not None:
        stem, number = found[1], int(found[2])
    while (folder / f"{stem}_{number + 1}").exists():
        number += 1
    return f"{stem}_{number + 1}"
