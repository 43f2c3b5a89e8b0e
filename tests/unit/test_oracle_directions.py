from __future__ import annotations

import pytest

from tui_tuner.oracles import infer_metric_direction


@pytest.mark.parametrize(
    "name",
    [
        "acc", "accuracy", "val_accuracy", "BinaryAccuracy", "sparse_top_k_categorical_accuracy", "auc", "AUC",
        "val_auc_1", "precision_2", "Recall", "PrecisionAtRecall", "sensitivity_at_specificity", "true_positives",
        "weighted_accuracy", "val_weighted_accuracy",
        "f1_score", "F1Score", "val_f1_score", "fbeta_score", "FBetaScore", "f_beta_score", "r2_score", "R2Score",
        "cosine_similarity", "CosineSimilarity", "iou", "IoU", "io_u", "mean_io_u", "MeanIoU", "binary_io_u",
        "OneHotMeanIoU", "pearson_correlation", "concordance_correlation",
    ],
)  # fmt: skip
def test_scores_are_maximised(name: str) -> None:
    assert infer_metric_direction(name) == "max"


@pytest.mark.parametrize(
    "name",
    [
        "loss", "val_loss", "ce", "crossentropy", "mse", "MSE", "val_mae", "mean_squared_error", "RootMeanSquaredError",
        "binary_crossentropy", "SparseCategoricalCrossentropy", "hinge", "kl_divergence", "logcosh", "LogCoshError",
        "poisson", "false_negatives", "FalsePositives", "weighted_mean_absolute_error", "mean_absolute_error_1",
    ],
)  # fmt: skip
def test_errors_are_minimised(name: str) -> None:
    assert infer_metric_direction(name) == "min"


@pytest.mark.parametrize("name", ["score", "", "val_", "my_accuracy_like", "mean", "sum", "dice", "lr", "_1"])
def test_an_unknown_name_tells_nothing(name: str) -> None:
    assert infer_metric_direction(name) is None


def test_classes_objects_functions_and_wrappers_go_by_their_names() -> None:
    class AUC:
        pass

    def mean_squared_error() -> None: ...

    class MeanMetricWrapper:
        _fn = staticmethod(mean_squared_error)

    assert infer_metric_direction(AUC) == "max"
    assert infer_metric_direction(AUC()) == "max"
    assert infer_metric_direction(mean_squared_error) == "min"
    assert infer_metric_direction(MeanMetricWrapper()) == "min"
