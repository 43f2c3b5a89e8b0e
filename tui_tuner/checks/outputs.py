"""Whether a model's last layer and its loss speak of the same: probabilities, or logits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tui_tuner.worker.jobs import Finding

_TO_PROBABILITIES = ("sigmoid", "softmax")


def logits_of_probabilities(model: Any) -> Finding | None:
    """A loss that expects logits behind a layer that gives probabilities; or one that expects probabilities and gets
    the plain numbers of a linear layer.

    Args:
        model: A compiled Keras model; anything else has nothing to be found.
    """
    losses = list(_losses(getattr(model, "loss", None)))
    activations = list(_last_activations(model))
    if not losses or not activations:
        return None
    expects = [bool(getattr(loss, "from_logits", False)) for loss in losses]
    given = next((name for name in activations if name in _TO_PROBABILITIES), None)
    if any(expects) and given is not None:
        name = type(losses[expects.index(True)]).__name__
        return Finding(
            "from_logits",
            f"the last layer is a {given}, and the loss {name} has from_logits=True: it applies a second one",
            f"Remove from_logits=True, or the activation {given}.",
        )
    wants = next((loss for loss in losses if _wants_probabilities(loss)), None)
    if wants is not None and set(activations) == {"linear"}:
        name = wants if isinstance(wants, str) else type(wants).__name__
        return Finding(
            "from_logits",
            f"the last layer is linear, and the loss {name} expects probabilities",
            "Give the last layer a sigmoid or softmax, or the loss from_logits=True.",
        )
    return None


def _losses(loss: Any) -> Iterator[Any]:
    if isinstance(loss, Mapping):
        for part in loss.values():
            yield from _losses(part)
    elif isinstance(loss, list | tuple):
        for part in loss:
            yield from _losses(part)
    elif loss is not None:
        yield loss


def _wants_probabilities(loss: Any) -> bool:
    name = loss if isinstance(loss, str) else type(loss).__name__
    return "crossentropy" in name.replace("_", "").lower() and not getattr(loss, "from_logits", False)


def _last_activations(model: Any) -> Iterator[str]:
    """Names of the activations of the layers that give the outputs."""
    for layer in _output_layers(model):
        kind = type(layer).__name__
        if kind == "Softmax":
            yield "softmax"
        elif kind in ("Dense", "Activation", "EinsumDense", "Conv1D", "Conv2D", "Conv3D"):
            activation = getattr(layer, "activation", None)
            yield "linear" if activation is None else str(getattr(activation, "__name__", ""))
        else:
            yield ""


def _output_layers(model: Any) -> Iterator[Any]:
    try:
        outputs = model.outputs
    except (AttributeError, ValueError):  # a Sequential that has not seen data yet
        outputs = None
    histories = [getattr(output, "_keras_history", None) for output in outputs or ()]
    operations = [history.operation for history in histories if history is not None]
    if operations:
        yield from operations
    elif type(model).__name__ == "Sequential" and model.layers:
        yield model.layers[-1]
