"""Random changes of images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tui_tuner.applications.images import check_input, image_input
from tui_tuner.space import HyperParameters
from tui_tuner.tuners.hypermodel import HyperModel

Range = float | Sequence[float] | None


class HyperImageAugment(HyperModel):
    """A model that changes images at random while training, and whose strength is tuned.

    With `augment_layers`, each image goes through that many transforms, drawn anew for each image (RandAugment, Cubuk
    et al. 2019, arXiv:1909.13719); how many is tuned, from 1 to the number given. With `augment_layers=0` every image
    goes through all transforms, one after the other. The strength of each is the hyperparameter `factor_<transform>`;
    one of strength 0 is left out.

    Args:
        input_shape: Shape of an image, channels last.
        input_tensor: In place of `input_shape`: a Keras tensor to build on.
        rotate: How far images are turned, as a share of a full turn to either side: the largest strength, or the
            smallest and the largest; `None` or 0 for never.
        translate_x: How far they are moved to the sides, as a share of their width; the same.
        translate_y: How far they are moved up and down, as a share of their height; the same.
        contrast: How far their contrast is changed, as a share of it; the same.
        augment_layers: The largest number of transforms of an image, or the smallest and the largest; 0 for all.
        **kwargs: `name` and `tunable` of `HyperModel`.

    Raises:
        ValueError: If a range is none, or both `input_shape` and `input_tensor` are missing.
    """

    def __init__(
        self,
        input_shape: Sequence[int] | None = None,
        input_tensor: Any = None,
        rotate: Range = 0.5,
        translate_x: Range = 0.4,
        translate_y: Range = 0.4,
        contrast: Range = 0.3,
        augment_layers: int | Sequence[int] = 3,
        **kwargs: Any,
    ) -> None:
        check_input(input_shape, input_tensor)
        super().__init__(**kwargs)
        self.input_shape = input_shape
        self.input_tensor = input_tensor
        given = {"rotate": rotate, "translate_x": translate_x, "translate_y": translate_y, "contrast": contrast}
        ranges = {name: _range(name, value, 0.0) for name, value in given.items() if value}
        self.transforms = {name: limits for name, limits in ranges.items() if limits[1] > 0}
        counts = list(augment_layers) if isinstance(augment_layers, Sequence) else [augment_layers]
        for count in counts:
            if not isinstance(count, int):
                raise ValueError(f"Keyword argument `augment_layers` must be int, but received {count}.")
        least, most = _range("augment_layers", augment_layers, 1 if counts != [0] else 0)
        self.augment_layers = (int(least), int(most))

    def build(self, hp: HyperParameters) -> Any:
        """The model, from images to images."""
        import keras

        from tui_tuner.applications.transforms import RandomTransforms, make_transform

        inputs, images = image_input(self.input_shape, self.input_tensor)
        least, most = self.augment_layers
        count = hp.Int("augment_layers", least, most, default=least) if most else 0
        step = None if most else 0.05
        factors = {
            name: hp.Float(f"factor_{name}", low, high, step=step, default=low)
            for name, (low, high) in self.transforms.items()
        }
        strengths = {name: factor for name, factor in factors.items() if factor > 0}
        if not most:
            for name, factor in strengths.items():
                images = make_transform(name, factor)(images)
            return keras.Model(inputs, images, name="image_augment")
        for _ in range(count):
            images = RandomTransforms(strengths)(images)
        return keras.Model(inputs, images, name="image_rand_augment")


def _range(name: str, value: Any, least: float) -> tuple[float, float]:
    """The smallest and the largest value that an argument tells.

    Raises:
        ValueError: If it tells none.
    """
    if isinstance(value, int | float):
        low, high = least, value
    elif isinstance(value, Sequence) and not isinstance(value, str) and len(value) > 2:
        raise ValueError(f"Length of keyword argument {name} must not exceed 2.")
    elif isinstance(value, Sequence) and len(value) == 2 and all(isinstance(each, int | float) for each in value):
        low, high = value
    else:
        raise ValueError(f"Keyword argument `{name}` must be a number or two of them, but received {value!r}.")
    if not 0 <= low <= high:
        raise ValueError(f"Keyword argument `{name}` must go upwards from 0 or more, but received {value!r}.")
    return low, high
