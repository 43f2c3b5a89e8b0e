"""Layers that change images at random. Importing this imports Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras


def make_transform(name: str, factor: float, seed: int | None = None) -> Any:
    """The layer of a transform, of strength `factor`."""
    match name:
        case "rotate":
            return keras.layers.RandomRotation(factor, seed=seed)
        case "translate_x":
            return keras.layers.RandomTranslation(0, factor, seed=seed)
        case "translate_y":
            return keras.layers.RandomTranslation(factor, 0, seed=seed)
        case "contrast":
            return keras.layers.RandomContrast(factor, seed=seed)
        case _:
            raise ValueError(f"There is no transform {name!r}.")


@keras.saving.register_keras_serializable("tui_tuner")
class RandomTransforms(keras.layers.Layer):  # type: ignore[misc]
    """Sends each image through one transform, drawn at random, while training; otherwise changes nothing.

    Every transform is applied to the whole batch, and each image is taken from one of the results: drawing first would
    need a loop over the images.

    Args:
        strengths: The strength of each transform, by name.
        seed: Seed of the draws.
    """

    def __init__(self, strengths: Mapping[str, float], seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.strengths = dict(strengths)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.transforms = [make_transform(name, factor, seed) for name, factor in self.strengths.items()]

    def build(self, input_shape: Any) -> None:
        """Prepare for images of this shape."""
        for transform in self.transforms:
            if not transform.built:
                transform.build(input_shape)
        self.built = True

    def call(self, images: Any, training: bool | None = None) -> Any:
        """Images of the same shape.

        Args:
            images: `(batch, height, width, channels)`.
        """
        if not training or not self.transforms:
            return images
        count = keras.ops.shape(images)[0]
        drawn = keras.random.randint((count, 1, 1, 1), 0, len(self.transforms), seed=self.seed_generator)
        changed = images
        for number, transform in enumerate(self.transforms):
            changed = keras.ops.where(drawn == number, transform(images, training=True), changed)
        return changed

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The same shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """What the layer is made again from."""
        return {**super().get_config(), "strengths": self.strengths, "seed": self.seed}
