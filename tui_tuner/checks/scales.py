"""Features of a size that nets learn slowly from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from tui_tuner.analysis.formatting import format_number
from tui_tuner.worker.jobs import Finding

if TYPE_CHECKING:
    import numpy as np

_LARGE = 30.0
"""Scaled features hardly ever come near it."""

_SHARE = 99.5
_SAMPLE = 2000
_SCALING_LAYERS = frozenset(
    {"Normalization", "BatchNormalization", "Rescaling", "Embedding", "Discretization", "Hashing"}
)
_FIRST_LAYERS = 3


def unscaled(
    x: np.ndarray[Any, Any], names: Sequence[str], layers: Iterable[str], *, may_standardize: bool
) -> Finding | None:
    """Features that are large, in front of a model that does not scale them.

    Args:
        x: Rows of numbers, of any shape.
        names: Of the features of a row; empty if they have none.
        layers: Class names of the model's layers, first to last.
        may_standardize: Whether the key data.standardize can do it.
    """
    import numpy as np

    if x.dtype.kind not in "uif" or x.ndim < 2 or not x.size:
        return None
    if not _SCALING_LAYERS.isdisjoint(list(layers)[:_FIRST_LAYERS]):
        return None
    sample = np.abs(x[:: max(1, len(x) // _SAMPLE)].reshape(-1, int(np.prod(x.shape[1:]))).astype("float64"))
    reach = np.percentile(sample, _SHARE, axis=0)
    if not np.isfinite(reach).any() or np.nanmax(reach) <= _LARGE:
        return None
    largest = int(np.nanargmax(reach))
    which = f"the column {names[largest]} reaches" if names else "features reach"
    text = f"{which} {format_number(float(sample[:, largest].max()))}: nets learn slowly from numbers that large"
    layer = "Put a Normalization or Rescaling layer first in the model, or scale in the loader."
    return Finding("scale", text, "Set data.standardize: true." if may_standardize else layer)
