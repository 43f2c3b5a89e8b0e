"""The search space for viewers, read from its JSON form: they need not build hyperparameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui_tuner.engine.view import HyperParameterView


def describe_space(config: Mapping[str, Any]) -> tuple[HyperParameterView, ...]:
    """The hyperparameters of a space, in the order of their definition.

    Of several with the same name and conditions the last one counts, in the place of the first.

    Args:
        config: `HyperParameters.get_config()`, as it was read from JSON.

    Raises:
        KeyError: If an entry lacks its class, its config or its name.
    """
    views: dict[tuple[object, ...], HyperParameterView] = {}
    for entry in config["space"]:
        view = _describe(entry["class_name"], entry["config"])
        views[view.name, view.conditions] = view
    return tuple(views.values())


def _describe(kind: str, config: Mapping[str, Any]) -> HyperParameterView:
    default = config.get("default")
    if kind == "Boolean":
        values: tuple[Any, ...] = (True, False)
    elif kind == "Fixed":
        default = config.get("value")
        values = (default,)
    else:
        values = tuple(config.get("values", ()))
    if default is None:
        default = values[0] if values else config.get("min_value")
    return HyperParameterView(
        name=config["name"],
        kind=kind,
        values=values,
        min_value=config.get("min_value"),
        max_value=config.get("max_value"),
        step=config.get("step"),
        sampling=config.get("sampling"),
        ordered=config.get("ordered"),
        default=default,
        conditions=tuple(
            (condition["config"]["name"], tuple(condition["config"]["values"]))
            for condition in config.get("conditions", ())
        ),
    )
