"""Residual networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tui_tuner.applications.images import check_input, image_input, pooled
from tui_tuner.space import HyperParameters
from tui_tuner.tuners.hypermodel import HyperModel

_BN_EPSILON = 1.001e-5
_GROUPS = 32


class HyperResNet(HyperModel):
    """A residual network whose version, depth and training are tuned.

    `version` is `v1` (He et al. 2015, arXiv:1512.03385), `v2` with its activations before the convolutions (He et al.
    2016, arXiv:1603.05027) or `next` with grouped convolutions (Xie et al. 2017, arXiv:1611.05431). `conv3_depth` and
    `conv4_depth` are the number of blocks of the third and the fourth stage: 4 and 6 make ResNet-50. `next` is
    KerasTuner's network: its first stage has half the filters of ResNeXt-50 32x4d, and reduces the resolution in place
    of the last.

    Args:
        include_top: Add a classifier and compile. Without it, `build` returns an uncompiled model of the pooled
            features.
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

        version = hp.Choice("version", ["v1", "v2", "next"], default="v2")
        depths = (3, hp.Choice("conv3_depth", [4, 8]), hp.Choice("conv4_depth", [6, 23, 36]), 3)
        inputs, images = image_input(self.input_shape, self.input_tensor)
        features = _stem(images, version)
        widths = (64, 256, 512, 1024) if version == "next" else (64, 128, 256, 512)
        for stage, (depth, filters) in enumerate(zip(depths, widths, strict=True), start=2):
            stride = 1 if stage == (2 if version == "v1" else 5) else 2
            if version == "v2":
                features = _preactivated_stage(features, f"conv{stage}", filters, depth, stride)
            else:
                block = _bottleneck if version == "v1" else _grouped_bottleneck
                features = _stage(features, f"conv{stage}", block, filters, depth, stride)
        if version == "v2":
            features = _normalised(features, "post", "relu")
        pooling = hp.Choice("pooling", ["avg", "max"], default="avg")
        features = pooled(features, pooling, f"{pooling}_pool")
        if not self.include_top:
            return keras.Model(inputs, features, name="ResNet")
        outputs = keras.layers.Dense(self.classes, activation="softmax", name="probs")(features)
        model = keras.Model(inputs, outputs, name="ResNet")
        optimizer = hp.Choice("optimizer", ["adam", "rmsprop", "sgd"])
        learning_rate = hp.Choice("learning_rate", [0.1, 0.01, 0.001], default=0.01)
        optimizers = {
            "adam": keras.optimizers.Adam,
            "rmsprop": keras.optimizers.RMSprop,
            "sgd": keras.optimizers.SGD,
        }
        model.compile(
            optimizer=optimizers[optimizer](learning_rate=learning_rate),
            loss="categorical_crossentropy",
            metrics=["accuracy"],
        )
        return model


def _convolved(x: Any, name: str, filters: int, size: int, stride: int = 1, *, bias: bool) -> Any:
    """A convolution that pads as ResNet does: by as much on either side, whatever the stride."""
    import keras

    if size > 1:
        x = keras.layers.ZeroPadding2D(size // 2, name=f"{name}_pad")(x)
    return keras.layers.Conv2D(filters, size, strides=stride, use_bias=bias, name=f"{name}_conv")(x)


def _normalised(x: Any, name: str, activation: str | None = None) -> Any:
    import keras

    x = keras.layers.BatchNormalization(epsilon=_BN_EPSILON, name=f"{name}_bn")(x)
    return x if activation is None else keras.layers.Activation(activation, name=f"{name}_{activation}")(x)


def _added(x: Any, y: Any, name: str) -> Any:
    """The sum, activated: the end of a block."""
    import keras

    return keras.layers.Activation("relu", name=f"{name}_out")(keras.layers.Add(name=f"{name}_add")([x, y]))


def _stem(images: Any, version: str) -> Any:
    """The first convolution and pooling, to a quarter of the image's size."""
    import keras

    x = _convolved(images, "conv1", 64, 7, stride=2, bias=version != "next")
    if version != "v2":
        x = _normalised(x, "conv1", "relu")
    x = keras.layers.ZeroPadding2D(1, name="pool1_pad")(x)
    return keras.layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)


def _stage(x: Any, name: str, block: Callable[..., Any], filters: int, depth: int, stride: int) -> Any:
    """Blocks at one resolution, which the first of them reduces."""
    x = block(x, f"{name}_block1", filters, stride, project=True)
    for position in range(2, depth + 1):
        x = block(x, f"{name}_block{position}", filters, 1, project=False)
    return x


def _preactivated_stage(x: Any, name: str, filters: int, depth: int, stride: int) -> Any:
    """Blocks at one resolution, which the last of them reduces."""
    for position in range(1, depth + 1):
        block_stride = stride if position == depth else 1
        x = _preactivated_bottleneck(x, f"{name}_block{position}", filters, block_stride, project=position == 1)
    return x


def _bottleneck(x: Any, name: str, filters: int, stride: int, *, project: bool) -> Any:
    import keras

    shortcut = x
    if project:
        shortcut = _normalised(_convolved(x, f"{name}_0", 4 * filters, 1, stride, bias=True), f"{name}_0")
    y = _normalised(_convolved(x, f"{name}_1", filters, 1, stride, bias=True), f"{name}_1", "relu")
    y = keras.layers.Conv2D(filters, 3, padding="same", name=f"{name}_2_conv")(y)
    y = _normalised(y, f"{name}_2", "relu")
    y = _normalised(_convolved(y, f"{name}_3", 4 * filters, 1, bias=True), f"{name}_3")
    return _added(shortcut, y, name)


def _preactivated_bottleneck(x: Any, name: str, filters: int, stride: int, *, project: bool) -> Any:
    import keras

    before = _normalised(x, f"{name}_preact", "relu")
    if project:
        shortcut = _convolved(before, f"{name}_0", 4 * filters, 1, stride, bias=True)
    else:
        shortcut = keras.layers.MaxPooling2D(1, strides=stride)(x) if stride > 1 else x
    y = _normalised(_convolved(before, f"{name}_1", filters, 1, bias=False), f"{name}_1", "relu")
    y = _normalised(_convolved(y, f"{name}_2", filters, 3, stride, bias=False), f"{name}_2", "relu")
    y = _convolved(y, f"{name}_3", 4 * filters, 1, bias=True)
    return keras.layers.Add(name=f"{name}_out")([shortcut, y])


def _grouped_bottleneck(x: Any, name: str, filters: int, stride: int, *, project: bool) -> Any:
    shortcut = x
    if project:
        shortcut = _normalised(_convolved(x, f"{name}_0", 2 * filters, 1, stride, bias=False), f"{name}_0")
    y = _normalised(_convolved(x, f"{name}_1", filters, 1, bias=False), f"{name}_1", "relu")
    y = _normalised(_convolved_in_groups(y, f"{name}_2", filters, stride), f"{name}_2", "relu")
    y = _normalised(_convolved(y, f"{name}_3", 2 * filters, 1, bias=False), f"{name}_3")
    return _added(shortcut, y, name)


def _convolved_in_groups(x: Any, name: str, filters: int, stride: int) -> Any:
    """A grouped 3 by 3 convolution.

    Written as a depthwise one whose outputs are summed within each group, which is the same: TensorFlow cannot train
    its own grouped convolution on a CPU.
    """
    import keras

    each = filters // _GROUPS
    x = keras.layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
    x = keras.layers.DepthwiseConv2D(3, strides=stride, depth_multiplier=each, use_bias=False, name=f"{name}_conv")(x)
    height, width = x.shape[1:3]
    if height is None or width is None:
        raise ValueError("The version `next` of HyperResNet needs images of a known size.")
    x = keras.layers.Reshape((height, width, _GROUPS, each, each))(x)
    x = keras.ops.sum(x, axis=4)
    return keras.layers.Reshape((height, width, filters))(x)
