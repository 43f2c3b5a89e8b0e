"""Arrays in memory as data sets whose batches are ready: what `model.fit` makes of the arrays, made once a training.

For each epoch Keras makes four new iterators over a pipeline of six steps, which takes far longer than a small model's
arithmetic. With one seed it shuffles every epoch alike, so the shuffled rows can be laid out once, and read by one
iterator. A training without a seed shuffles each epoch anew, here as there.

What comes out is compared with what Keras itself makes of the same arrays, once for each kind of data; where anything
differs, in another version of Keras for instance, the arrays stay arrays. Importing this imports Keras.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from tui_tuner.configs.dataset import leaves, map_leaves

LARGEST_BYTES = 64 * 2**20
"""Bigger arrays stay arrays: they would be copied, and their steps take longer than what is saved."""

_BATCH_SIZE = 32
"""Keras's own, where none is given."""

_FEWEST_ROWS = 32
"""With fewer rows, two shuffles could be equal by chance."""

_KEPT = frozenset({"epochs", "initial_epoch", "verbose", "validation_freq"})
"""Arguments of `fit` that mean the same for data sets."""

_REPLACED = frozenset({"batch_size", "shuffle", "validation_batch_size", "validation_data", "validation_split"})
"""Arguments of `fit` that this does the work of; with any others the arrays stay arrays."""


@dataclass(frozen=True)
class _Part:
    """Rows, as a pair of features and targets, and the number of them in a step."""

    rows: tuple[Any, Any]
    batch_size: int

    @property
    def count(self) -> int:
        return len(next(leaves(self.rows)))

    @property
    def steps(self) -> int:
        return math.ceil(self.count / self.batch_size)

    @property
    def bytes(self) -> int:
        return sum(leaf.nbytes for leaf in leaves(self.rows))

    @property
    def fixed_size(self) -> int | None:
        """The number of rows of each batch; `None` if the last one is smaller."""
        return None if self.count % self.batch_size else self.batch_size

    @property
    def kind(self) -> str:
        """What its batches look like."""
        return str((self.fixed_size, map_leaves(lambda leaf: (leaf.dtype.str, leaf.shape[1:]), self.rows)))

    def head(self, count: int) -> _Part:
        return _Part(map_leaves(lambda leaf: leaf[:count], self.rows), self.batch_size)

    def ordered(self, order: Any) -> _Part:
        return _Part(map_leaves(lambda leaf: leaf[order], self.rows), self.batch_size)


@dataclass(frozen=True)
class ReadyBatches:
    """The rows that a model will be trained on, and what `model.fit` is told beside them.

    Args:
        validation: The rows to validate on, if any.
        shuffle: Whether the training rows are shuffled.
        arguments: Arguments of `fit` that are left as they are.
    """

    training: _Part
    validation: _Part | None
    shuffle: bool
    arguments: Mapping[str, Any]

    @property
    def input_shapes(self) -> Any:
        """The shapes of the features as the model sees them in training: a tuple, or a tree of tuples."""
        size = self.training.fixed_size
        return map_leaves(lambda leaf: (size, *leaf.shape[1:]), self.training.rows[0])

    @property
    def symbols(self) -> tuple[Any, Any]:
        """Features and targets of a batch of the training, without their numbers."""
        size = self.training.fixed_size
        symbols = map_leaves(
            lambda leaf: keras.KerasTensor((size, *leaf.shape[1:]), leaf.dtype.name), self.training.rows
        )
        return symbols[0], symbols[1]

    @property
    def kinds(self) -> str:
        """All that the batches have in common with those of another training, as text to be compared."""
        return " ".join(part.kind for part in (self.training, self.validation) if part is not None)

    def fit_arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        """Positional and keyword arguments for `fit`, without callbacks; shuffled by the present seed.

        `None` if the training would not be the same with them.
        """
        order = _Order.of(self.training.count, self.shuffle)
        if order is None or not _is_as_keras_does(self.training, order, self.shuffle):
            return None
        arguments = {**self.arguments, "steps_per_epoch": self.training.steps, "shuffle": False}
        if self.validation is not None:
            if not _is_as_keras_does(self.validation, order, False):
                return None
            arguments["validation_data"] = _batches(self.validation)
        return (order.apply(self.training).repeat(),), arguments


def ready_batches(model: Any, positional: tuple[Any, ...], arguments: Mapping[str, Any]) -> ReadyBatches | None:
    """What `model.fit` would be given, if it is arrays that can be laid out in batches.

    Args:
        model: The model that will be trained.
        positional: `(x, y)`.
        arguments: Keyword arguments, without callbacks.
    """
    if len(positional) != 2 or not _may_change(model, arguments):
        return None
    parts = _parts(positional, arguments)
    if parts is None or parts[0].steps % getattr(model, "steps_per_execution", 1):
        return None  # the last steps of an epoch would run on into the next one
    kept = {key: value for key, value in arguments.items() if key in _KEPT}
    return ReadyBatches(*parts, arguments.get("shuffle", True), kept)


def _may_change(model: Any, arguments: Mapping[str, Any]) -> bool:
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return (
        type(model).fit is keras.Model.fit
        and type(model).evaluate is keras.Model.evaluate
        and not {"fit", "evaluate"} & vars(model).keys()
        and not tf.distribute.has_strategy()
        and keras.distribution.distribution() is None
        and not arguments.keys() - _KEPT - _REPLACED
        and isinstance(arguments.get("shuffle", True), bool)
    )


def _parts(positional: tuple[Any, ...], arguments: Mapping[str, Any]) -> tuple[_Part, _Part | None] | None:
    """The training rows and the validation rows; `None` if they are not what this can deal with."""
    batch_size = arguments.get("batch_size") or _BATCH_SIZE
    validation = arguments.get("validation_data")
    share = arguments.get("validation_split") or 0.0
    if validation is not None and not (isinstance(validation, tuple) and len(validation) == 2):
        return None
    trees = [positional, *([] if validation is None else [validation])]
    if not all(_is_plain(tree) for tree in trees):
        return None
    validation_batch_size = arguments.get("validation_batch_size") or batch_size
    training = _Part(_as_taken(positional), batch_size)
    held_out = None if validation is None else _Part(_as_taken(validation), validation_batch_size)
    if held_out is None and share:
        kept = math.floor(training.count * (1.0 - share))
        held_out = _Part(map_leaves(lambda leaf: leaf[kept:], training.rows), validation_batch_size)
        training = training.head(kept)
    for part in (training, held_out):
        if part is not None and (part.count == 0 or len({len(leaf) for leaf in leaves(part.rows)}) != 1):
            return None
    if training.count < _FEWEST_ROWS or training.bytes + (held_out.bytes if held_out else 0) > LARGEST_BYTES:
        return None
    return training, held_out


def _is_plain(tree: Any) -> bool:
    """Whether a tree is made of tuples, dicts and arrays of numbers that Keras takes as they are."""
    if isinstance(tree, dict):
        return all(map(_is_plain, tree.values()))
    if isinstance(tree, tuple):
        return bool(tree) and all(map(_is_plain, tree))
    if not isinstance(tree, np.ndarray) or tree.ndim == 0:
        return False
    return tree.dtype.kind in "iub" or tree.dtype.name in ("float64", keras.config.floatx())


def _as_taken(tree: Any) -> Any:
    """The arrays with their numbers as Keras has them on their way into a model."""
    floatx = keras.config.floatx()
    return map_leaves(lambda leaf: leaf.astype(floatx, copy=False) if leaf.dtype.kind == "f" else leaf, tree)


@dataclass(frozen=True)
class _Order:
    """The order of the training rows: the same in each epoch, or `None` for another one each time."""

    rows: Any

    @classmethod
    def of(cls, count: int, shuffle: bool) -> _Order | None:
        """The order of `count` rows, as Keras shuffles them under the present seed; `None` if that is not known."""
        import tensorflow as tf

        if not shuffle:
            return cls(np.arange(count))
        seeded = []

        def permutation(_: Any) -> Any:
            order = tf.random.shuffle(tf.range(count, dtype=tf.int64))
            seeded.append(tf.compat.v1.get_seed(None)[0] is not None)  # after the shuffle: it counts as a use
            return order

        orders = _simple(tf.data.Dataset.range(1).map(permutation))
        if not any(seeded):
            return cls(None)
        first, second = (next(iter(orders)).numpy() for _ in range(2))
        return cls(first) if np.array_equal(first, second) else None

    def apply(self, part: _Part) -> Any:
        """A data set of one epoch's batches."""
        if self.rows is not None:
            return _batches(part.ordered(self.rows))
        import tensorflow as tf

        rows = tf.data.Dataset.from_tensor_slices(part.rows)
        return _simple(rows.shuffle(part.count).batch(part.batch_size).prefetch(2))


def _batches(part: _Part) -> Any:
    """A data set of the rows in batches, in their order. No step of it is more than a copy of memory."""
    import tensorflow as tf

    size = part.batch_size
    whole = part.count // size
    batches = tf.data.Dataset.from_tensor_slices(
        map_leaves(lambda leaf: leaf[: whole * size].reshape(whole, size, *leaf.shape[1:]), part.rows)
    )
    if part.count % size:
        rest = map_leaves(lambda leaf: leaf[whole * size :], part.rows)
        batches = batches.concatenate(tf.data.Dataset.from_tensors(rest))
    return _simple(batches)


def _simple(dataset: Any) -> Any:
    """The data set without what speeds long pipelines up and delays short ones."""
    import tensorflow as tf

    options = tf.data.Options()
    options.experimental_optimization.apply_default_optimizations = False
    options.autotune.enabled = False
    return dataset.with_options(options)


_checked: dict[tuple[Any, ...], bool] = {}
"""Whether batches of this kind were found to be what Keras makes of the same arrays."""


def _is_as_keras_does(part: _Part, order: _Order, shuffle: bool) -> bool:
    """Compare with Keras's own batches of the same rows, or of the first few, in two epochs."""
    few = part.head(3 * part.batch_size + part.count % part.batch_size)
    arrays = str(map_leaves(lambda leaf: (leaf.dtype.str, leaf.shape), few.rows))
    kind = (arrays, part.batch_size, shuffle, order.rows is None)
    if kind not in _checked:
        try:
            _checked[kind] = _matches(few, shuffle)
        except Exception:  # whatever another version of Keras makes of this; its own way is always right
            _checked[kind] = False
    return _checked[kind]


def _matches(part: _Part, shuffle: bool) -> bool:
    from keras.src.trainers.data_adapters import get_data_adapter

    x, y = part.rows
    theirs = get_data_adapter(x=x, y=y, batch_size=part.batch_size, shuffle=shuffle).get_tf_dataset()
    order = _Order.of(part.count, shuffle)
    if order is None:
        return False
    ours = order.apply(part)
    if order.rows is None:  # nothing but the number of rows may differ, and the order is anybody's
        return _kinds(ours.element_spec) == _kinds(theirs.element_spec)
    return bool(ours.element_spec == theirs.element_spec) and all(_same_batches(ours, theirs) for _ in range(2))


def _kinds(element_spec: Any) -> list[Any]:
    return [(spec.dtype, spec.shape[1:].as_list()) for spec in leaves(element_spec)]


def _same_batches(ours: Any, theirs: Any) -> bool:
    pairs = zip(_arrays(ours), _arrays(theirs), strict=True)
    return all(a.dtype == b.dtype and a.tobytes() == b.tobytes() for a, b in pairs)


def _arrays(dataset: Any) -> list[Any]:
    return [leaf for batch in dataset.as_numpy_iterator() for leaf in leaves(batch)]
