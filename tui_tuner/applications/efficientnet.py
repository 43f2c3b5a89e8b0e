"""EfficientNets."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from tui_tuner.applications.images import check_input, image_input
from tui_tuner.space import HyperParameters
from tui_tuner.tuners.hypermodel import HyperModel

IMAGE_SIZES: Mapping[str, int] = {
    "B0": 224,
    "B1": 240,
    "B2": 260,
    "B3": 300,
    "B4": 380,
    "B5": 456,
    "B6": 528,
    "B7": 600,
}
"""The height and width, in pixels, for which each version is made."""

_unreachable = False
"""Whether the weights could not be downloaded: the next models do not wait for it again."""


class HyperEfficientNet(HyperModel):
    """An EfficientNet (Tan and Le 2019, arXiv:1905.11946) whose size, head and training are tuned.

    Images are scaled to the size that the version is made for. Training begins with the weights that Keras offers,
    trained on ImageNet; where they are not in Keras' cache and cannot be downloaded, with random ones and a warning.
    Images have pixels from 0 to 255 in three channels.

    Args:
        input_shape: Shape of an image, channels last.
        input_tensor: In place of `input_shape`: a Keras tensor to build on.
        classes: Number of classes. Targets are one-hot.
        augmentation_model: Changes images before they are scaled: a Keras model, or a hypermodel such as
            `HyperImageAugment`, which is tuned too.
        **kwargs: `name` and `tunable` of `HyperModel`.

    Raises:
        ValueError: If `classes` is missing, or both `input_shape` and `input_tensor`; or if `augmentation_model` is
            something else.
    """

    def __init__(
        self,
        input_shape: Sequence[int] | None = None,
        input_tensor: Any = None,
        classes: int | None = None,
        augmentation_model: Any = None,
        **kwargs: Any,
    ) -> None:
        if not (
            augmentation_model is None or isinstance(augmentation_model, HyperModel) or _is_model(augmentation_model)
        ):
            raise ValueError(
                "Keyword augmentation_model should be a `HyperModel`, a Keras `Model` or empty. "
                f"Received {augmentation_model}."
            )
        if classes is None:
            raise ValueError("You must specify `classes`.")
        check_input(input_shape, input_tensor)
        super().__init__(**kwargs)
        self.input_shape = input_shape
        self.input_tensor = input_tensor
        self.classes = classes
        self.augmentation_model = augmentation_model

    def build(self, hp: HyperParameters) -> Any:
        """The compiled network."""
        import keras

        inputs, x = image_input(self.input_shape, self.input_tensor)
        augment = self.augmentation_model
        if isinstance(augment, HyperModel):
            augment = augment.build(hp)
        if augment is not None:
            x = augment(x)
        version = hp.Choice("version", list(IMAGE_SIZES), default="B0")
        size = IMAGE_SIZES[version]
        x = keras.layers.Resizing(size, size, interpolation="bilinear")(x)
        x = _network(version, x).output

        pooling = hp.Choice("pooling", ["avg", "max"], default="avg")
        dropout_rate = hp.Float("top_dropout_rate", 0.2, 0.8, step=0.2, default=0.2)
        if pooling == "avg":
            x = keras.layers.GlobalAveragePooling2D(name="avg_pool")(x)
        else:
            x = keras.layers.GlobalMaxPooling2D(name="max_pool")(x)
        x = keras.layers.Dropout(dropout_rate, name="top_dropout")(x)
        outputs = keras.layers.Dense(self.classes, activation="softmax", name="probs")(x)
        model = keras.Model(inputs, outputs, name="EfficientNet")
        self._compile(model, hp)
        return model

    def _compile(self, model: Any, hp: HyperParameters) -> None:
        """Compile the network; for subclasses that train it in another way."""
        import keras

        learning_rate = hp.Choice("learning_rate", [0.1, 0.01, 0.001], default=0.01)
        model.compile(
            optimizer=keras.optimizers.SGD(learning_rate, momentum=0.1),
            loss="categorical_crossentropy",
            metrics=["accuracy"],
        )


def _is_model(candidate: Any) -> bool:
    """Whether it is a Keras model; a Keras that nobody has loaded has made none."""
    import sys

    keras = sys.modules.get("keras")
    return keras is not None and isinstance(candidate, keras.Model)


def _network(version: str, images: Any) -> Any:
    """The network without its top."""
    global _unreachable
    import keras

    make = getattr(keras.applications, f"EfficientNet{version}")
    if not _unreachable:
        try:
            return make(include_top=False, input_tensor=images, weights="imagenet")
        except Exception as error:  # Keras raises a plain Exception if a download fails
            if "fetch failure" not in str(error) and not isinstance(error, OSError):
                raise
            _unreachable = True
            warnings.warn(
                f"The ImageNet weights of EfficientNet{version} could not be downloaded ({error}): training begins "
                "with random ones, and so do the models after this one.",
                stacklevel=2,
            )
    return make(include_top=False, input_tensor=images, weights=None)
