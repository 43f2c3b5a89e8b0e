"""Networks of separable convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tui_tuner.applications.images import check_input, image_input, pooled
from tui_tuner.space import HyperParameters
from tui_tuner.tuners.hypermodel import HyperModel


class HyperXception(HyperModel):
    """A network in the manner of Xception (Chollet 2017, arXiv:1610.02357) whose width, depth and head are tuned.

    One ordinary convolution, then residual blocks of two separable convolutions each, the last of them twice as wide
    and at half the resolution. With `activation="selu"` there is no batch normalisation, which selu replaces.

    Args:
        include_top: Add dense layers and a classifier, and compile. Without it, `build` returns an uncompiled model of
            the pooled features.
        input_shape: Shape of an image, channels last.
        input_tensor: In place of `input_shape`: a Keras tensor to build on.
        classes: Number of classes; needed with `include_top`. Targets are one-hot.
        **kwargs: `name` and `tunable` of `HyperModel`.

    Raises:
        ValueError: If `classes` is missing, or both `input_shape` and `input_tensor`.
    """

    def __init__(
        self,
        include_top: bool = True,
        input_shape: Sequence[int] | None = None,
        input_tensor: Any = None,
        classes: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if include_top and classes is None:
            raise ValueError("You must specify `classes` when `include_top=True`")
        check_input(input_shape, input_tensor)
        self.include_top = include_top
        self.input_shape = input_shape
        self.input_tensor = input_tensor
        self.classes = classes

    def build(self, hp: HyperParameters) -> Any:
        """The network; compiled if it has its top."""
        import keras

        activation = hp.Choice("activation", ["relu", "selu"])
        filters = hp.Choice("conv2d_num_filters", [32, 64, 128], default=64)
        kernel_size = hp.Choice("kernel_size", [3, 5])
        strides = hp.Choice("initial_strides", [2])
        wide = hp.Int("sep_num_filters", 128, 768, step=128, default=256)
        blocks = hp.Int("num_residual_blocks", 2, 8, default=4)

        inputs, images = image_input(self.input_shape, self.input_tensor)
        x = _convolved(keras.layers.Conv2D, images, filters, kernel_size, activation, strides=strides)
        for block in range(blocks):
            shortcut = keras.layers.Conv2D(wide, 1, padding="same")(x) if block == 0 and wide != filters else x
            x = keras.layers.Add()([_twice_separably(x, wide, activation), shortcut])
        shortcut = keras.layers.Conv2D(2 * wide, 1, strides=2, padding="same")(x)
        x = _twice_separably(x, 2 * wide, activation)
        x = keras.layers.MaxPooling2D(3, strides=2, padding="same")(x)
        x = keras.layers.Add()([x, shortcut])
        x = pooled(x, hp.Choice("pooling", ["avg", "flatten", "max"]))
        if not self.include_top:
            return keras.Model(inputs, x, name="Xception")

        dense_layers = hp.Int("num_dense_layers", 1, 3)
        dropout_rate = hp.Float("dropout_rate", 0.0, 0.6, step=0.1, default=0.5)
        normalises = hp.Choice("dense_use_bn", [True, False])
        for _ in range(dense_layers):
            x = _dense(x, self.classes, activation, bool(normalises), dropout_rate)
        outputs = keras.layers.Dense(self.classes, activation="softmax")(x)
        model = keras.Model(inputs, outputs, name="Xception")
        model.compile(
            optimizer=keras.optimizers.Adam(hp.Choice("learning_rate", [1e-3, 1e-4, 1e-5])),
            loss="categorical_crossentropy",
            metrics=["accuracy"],
        )
        return model


def _convolved(layer: Any, x: Any, filters: int, kernel_size: int, activation: str, **kwargs: Any) -> Any:
    """A convolution with its activation, and batch normalisation between them unless the activation is selu."""
    import keras

    if activation == "selu":
        return layer(
            filters,
            kernel_size,
            padding="same",
            activation="selu",
            **dict.fromkeys(_initializers(layer), "lecun_normal"),
            **kwargs,
        )(x)
    x = layer(filters, kernel_size, padding="same", use_bias=False, **kwargs)(x)
    x = keras.layers.BatchNormalization()(x)
    return keras.layers.Activation(activation)(x)


def _initializers(layer: Any) -> tuple[str, ...]:
    """What selu wants to be set (Klambauer et al. 2017, arXiv:1706.02515)."""
    if layer.__name__ == "SeparableConv2D":
        return "depthwise_initializer", "pointwise_initializer"
    return ("kernel_initializer",)


def _twice_separably(x: Any, filters: int, activation: str) -> Any:
    import keras

    for _ in range(2):
        x = _convolved(keras.layers.SeparableConv2D, x, filters, 3, activation)
    return x


def _dense(x: Any, units: int | None, activation: str, normalises: bool, dropout_rate: float) -> Any:
    import keras

    if activation == "selu":
        x = keras.layers.Dense(units, activation="selu", kernel_initializer="lecun_normal")(x)
        return keras.layers.AlphaDropout(dropout_rate)(x) if dropout_rate else x
    x = keras.layers.Dense(units, activation=activation)(x)
    if normalises:
        x = keras.layers.BatchNormalization()(x)
    return keras.layers.Dropout(dropout_rate)(x) if dropout_rate else x
