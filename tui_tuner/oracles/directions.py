"""Whether a metric is to be made small or large, told from its name. Loads no Keras.

The table covers the metrics and losses that Keras 3 documents (https://keras.io/api/metrics/, https://keras.io/api/losses/)
under both of their spellings. Names whose direction depends on what the user means (`mean`, `sum`, `dice`, which is a
loss in Keras and a score nearly everywhere else) are left out on purpose: a wrong guess would optimise the wrong way.
"""

from __future__ import annotations

import re
from typing import Literal

Direction = Literal["min", "max"]

_MAXIMISED = (
    "acc accuracy binary_accuracy categorical_accuracy sparse_categorical_accuracy balanced_accuracy "
    "top_k_categorical_accuracy sparse_top_k_categorical_accuracy "
    "auc precision recall precision_at_recall recall_at_precision sensitivity_at_specificity "
    "specificity_at_sensitivity true_positives true_negatives f1 f1_score fbeta_score "
    "iou binary_iou mean_iou one_hot_iou one_hot_mean_iou "
    "r2 r2_score cosine_similarity pearson_correlation concordance_correlation"
)
_MINIMISED = (
    "loss ce crossentropy bce binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy "
    "binary_focal_crossentropy categorical_focal_crossentropy ctc "
    "mae mape mse msle rmse mean_absolute_error mean_absolute_percentage_error mean_squared_error "
    "mean_squared_logarithmic_error root_mean_squared_error huber logcosh log_cosh_error "
    "hinge squared_hinge categorical_hinge kld kl_divergence kullback_leibler_divergence poisson "
    "false_positives false_negatives"
)


def _key(name: str) -> str:
    """The name without what its spellings differ in: `MeanIoU`, `mean_io_u` and `mean_iou` are one metric."""
    return name.replace("_", "").lower()


_DIRECTIONS: dict[str, Direction] = {_key(name): "max" for name in _MAXIMISED.split()}
_DIRECTIONS.update({_key(name): "min" for name in _MINIMISED.split()})


def infer_metric_direction(metric: object) -> Direction | None:
    """The direction of a metric or a loss that Keras knows.

    Args:
        metric: A name as it stands in Keras' logs (`val_` and `weighted_` before it and a count after it, as in
            `auc_1`, do not matter), or a metric or loss object, class or function, which is known by its name.

    Returns:
        `"min"`, `"max"`, or `None` where the name says nothing.
    """
    name = metric if isinstance(metric, str) else _name_of(metric)
    name = name.removeprefix("val_").removeprefix("weighted_")
    return _DIRECTIONS.get(_key(name)) or _DIRECTIONS.get(_key(re.sub(r"_\d+$", "", name)))


def _name_of(metric: object) -> str:
    """The class or function name; for a wrapper around a function, the function's."""
    wrapped = getattr(metric, "_fn", None)
    named = wrapped if wrapped is not None else metric
    own = getattr(named, "__name__", None)
    return own if isinstance(own, str) else type(named).__name__
