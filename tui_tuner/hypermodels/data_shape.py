"""What a ready-made hypermodel needs to know of the data: the shape of an input row, and what is predicted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class OutputKind(Enum):
    """What the target is, which decides the last layer, the loss and the metric."""

    BINARY = "two classes, as 0 and 1"
    CLASSES = "several classes, as whole numbers from 0"
    ONE_HOT = "several classes, as rows with a single 1"
    NUMBERS = "numbers"


@dataclass(frozen=True)
class DataShape:
    """The data as a model sees it.

    Args:
        input_shape: Shape of one row of the features, without the batch axis.
        output: What the target is.
        outputs: Number of classes, or of numbers to be predicted; 1 for two classes.
    """

    input_shape: tuple[int, ...]
    output: OutputKind
    outputs: int = 1
