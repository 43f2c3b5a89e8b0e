"""A feature that gives the answer away: alone it predicts the target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tui_tuner.worker.jobs import Finding

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_MOST_FEATURES = 2000
"""Wider rows are images or texts, where no single feature has a meaning."""

_FEWEST_ROWS = 20
_SAMPLE = 2000
_SUSPECTS = 20
_SUSPICIOUS = 0.6
"""Only features that separate the classes nearly as if one came after another are tried: trees take longer."""

_ALONE = 0.985
_RANK_CORRELATION = 0.995


def leaking_features(x: Array, y: Array, *, is_classes: bool) -> list[int]:
    """The features each of which alone predicts the target nearly without a mistake.

    A class is predicted by a small decision tree on that feature, judged by its balanced accuracy on rows that it has
    not seen; a number by the order of the rows alone (Spearman's correlation).

    Args:
        x: Rows of numbers; anything else has no leak that could be found.
        y: A class number, or a number, for each row.
    """
    import numpy as np

    if x.ndim != 2 or x.dtype.kind not in "biuf" or x.shape[1] > _MOST_FEATURES or len(x) < _FEWEST_ROWS:
        return []
    if y.size != len(y):
        return []
    y = y.reshape(-1)
    if len(x) > _SAMPLE:
        chosen = np.random.default_rng(0).choice(len(x), _SAMPLE, replace=False)
        x, y = x[chosen], y[chosen]
    ranks = np.stack([_standard_ranks(column) for column in x.T], axis=1)
    if not is_classes:
        return [int(i) for i in np.flatnonzero(np.abs(ranks.T @ _standard_ranks(y)) / len(x) >= _RANK_CORRELATION)]
    labels, y = np.unique(y, return_inverse=True)
    counts = np.bincount(y)
    if len(labels) < 2 or counts.min() < 3:
        return []
    between = _between(ranks, y)
    apart = _between(_standard_ranks(np.argsort(np.argsort(y, kind="stable")))[:, None], y)  # one class after another
    suspects = [i for i in np.argsort(-between, kind="stable")[:_SUSPECTS] if between[i] >= _SUSPICIOUS * apart[0]]
    return sorted(int(i) for i in suspects if _accuracy(x[:, i], y, len(labels)) >= _ALONE)


def _standard_ranks(column: Array) -> Array:
    """The places of the values in their order, equal ones at the middle of theirs, with mean 0 and deviation 1."""
    import numpy as np

    _, inverse, counts = np.unique(column, return_inverse=True, return_counts=True)
    ranks: Array = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    centred = ranks - ranks.mean()
    standard: Array = centred / max(float(centred.std()), 1e-12)
    return standard


def _between(ranks: Array, y: Array) -> Array:
    """How much of each column's variance lies between the classes."""
    import numpy as np

    parts = [ranks[y == label] for label in range(int(y.max()) + 1)]
    between: Array = np.sum([len(part) * part.mean(axis=0) ** 2 for part in parts], axis=0) / len(y)
    return between


def _accuracy(feature: Array, y: Array, classes: int) -> float:
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(max_leaf_nodes=max(8, 2 * classes), random_state=0)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    return float(cross_val_score(tree, feature.reshape(-1, 1), y, cv=folds, scoring="balanced_accuracy").mean())


def leak(features: Sequence[int], names: Sequence[str], count: int, *, is_table: bool) -> Finding | None:
    """The finding about leaking features.

    Args:
        features: Their numbers.
        names: Of all features; empty if they have none.
        count: How many features there are.
        is_table: Whether the config says which columns are left out.
    """
    if not features:
        return None
    if not names:
        listed = ", ".join(str(feature + 1) for feature in features)
        text = f"feature {listed} of {count} alone predicts the target: the answer is among the features"
        return Finding("leak", text, "Leave it out where the data is loaded.")
    columns = _columns([names[feature] for feature in features])
    listed = ", ".join(columns)
    one = len(columns) == 1
    text = (
        f"the column{'' if one else 's'} {listed} alone {'predicts' if one else 'predict'} the target: "
        "the answer is among the features"
    )
    where = f": data.drop: [{listed}]" if is_table else " where the data is loaded"
    return Finding("leak", text, f"Leave {'it' if one else 'them'} out{where}.")


def _columns(names: Sequence[str]) -> list[str]:
    """The columns that features come from: `alive_no` and `alive_yes` are one column, `alive`."""
    stems = [name.rpartition("_")[0] for name in names]
    return list(
        dict.fromkeys(stem if stem and stems.count(stem) > 1 else name for name, stem in zip(names, stems, strict=True))
    )
