"""What of a model its traced training function depends on. Importing this imports Keras.

TensorFlow turns a model's training step into a graph: everything that is no variable is fixed in it. Two models of the
same structure have the same graph; they differ only in what their variables hold: weights, the state of the optimizer
and its learning rate, the state of random numbers.
"""

from __future__ import annotations

import contextlib
import json
import re
import types
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import keras

_LAYERS = re.findall(
    r"\w+",
    """
    Activation ActivityRegularization Add AdditiveAttention AlphaDropout Attention Average AveragePooling1D
    AveragePooling2D AveragePooling3D BatchNormalization Bidirectional Concatenate Conv1D Conv1DTranspose Conv2D
    Conv2DTranspose Conv3D Conv3DTranspose Cropping1D Cropping2D Cropping3D Dense DepthwiseConv1D
    DepthwiseConv2D Dot Dropout EinsumDense ELU Embedding Flatten GaussianDropout GaussianNoise
    GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D
    GlobalMaxPooling3D GroupNormalization GRU GRUCell Identity InputLayer LayerNormalization LeakyReLU LSTM
    LSTMCell Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum MultiHeadAttention Multiply Permute
    PReLU ReLU RepeatVector Rescaling Reshape SeparableConv1D SeparableConv2D SimpleRNN SimpleRNNCell Softmax
    SpatialDropout1D SpatialDropout2D SpatialDropout3D Subtract TimeDistributed UnitNormalization UpSampling1D
    UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D
    """,
)
"""Layers that do the same each time but for what their variables hold. Others hold tables, tensors or functions."""

_OPTIMIZERS = re.findall(r"\w+", "Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lion Nadam RMSprop SGD")

_STATE = frozenset({"_called", "_losses", "_loss_ids", "_losses_override", "_tracker"})
"""Attributes that change when a layer is called, and have no say in what it does."""

_MODEL_STATE = _STATE | {
    *("history", "stop_training", "stop_evaluating", "train_function", "test_function", "predict_function"),
    *("_compile_config", "_compiled_trainable_state", "_functional", "_initial_epoch", "optimizer"),
}
"""Attributes of models that are compared in another way, or that `fit` sets anew."""


class UnusualModelError(Exception):
    """The model has something that may make its graph depend on more than can be compared."""


def check_usual(model: Any) -> None:
    """Check that a compiled model is made of nothing but what Keras brings, and trained as Keras trains.

    Raises:
        UnusualModelError: If it is not, or if that cannot be told: a subclass, a custom layer, loss or metric, an
            attribute of an unknown type, a state that is in no variable.
    """
    if not model.compiled or model.run_eagerly:
        raise UnusualModelError("not compiled, or run eagerly")
    if type(model.optimizer) not in {getattr(keras.optimizers, name, None) for name in _OPTIMIZERS}:
        raise UnusualModelError(f"an optimizer {type(model.optimizer).__name__}")
    allowed = {getattr(keras.layers, name, None) for name in _LAYERS}
    with _no_keras_errors():
        for part in model._flatten_layers():
            if not (_is_plain_model(part) or (type(part) in allowed and part is not model)):
                raise UnusualModelError(f"a {type(part).__name__}")
        _layers(model)
        _training(model)


@contextlib.contextmanager
def _no_keras_errors() -> Iterator[None]:
    """Whatever another version of Keras does not have, or cannot make a configuration of, is unusual."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as that lambdas are unsafe to save
        try:
            yield
        except (AttributeError, NotImplementedError, TypeError, ValueError) as error:
            raise UnusualModelError(str(error)) from error


def _is_plain_model(part: Any) -> bool:
    """Whether it is what `keras.Sequential(...)` or `keras.Model(inputs, outputs)` makes, and no subclass of that."""
    kind = type(part)
    return kind.__module__.split(".")[0] == "keras" and kind.__name__ in ("Functional", "Sequential")


def structure(model: Any) -> str:
    """All that the traced training function of a model depends on, as text to be compared.

    Args:
        model: A usual model that is built, and its optimizer too.

    Raises:
        UnusualModelError: As for `check_usual`.
    """
    check_usual(model)
    with _no_keras_errors():
        config = model.get_config()
        _check_configuration(config)
        variables = (*model.variables, *model.optimizer.variables)
        _check_state(model.optimizer)
        kinds = [[each.path, list(each.shape), each.dtype, each.trainable] for each in variables]
        return json.dumps([_surroundings(), config, _training(model), _layers(model), kinds], sort_keys=True)


def _surroundings() -> list[Any]:
    import tensorflow as tf

    if tf.config.functions_run_eagerly():
        raise UnusualModelError("functions are run eagerly")
    return [
        keras.config.floatx(),
        keras.config.epsilon(),
        keras.config.image_data_format(),
        keras.config.dtype_policy().name,
        tf.config.experimental.tensor_float_32_execution_enabled(),
    ]


def _training(model: Any) -> dict[str, Any]:
    """How the model was compiled, without the numbers that are held in variables."""
    compiled = model.get_compile_config()
    if not compiled or not isinstance(compiled.get("optimizer"), Mapping):
        raise UnusualModelError("it cannot be told how it was compiled")
    optimizer = compiled["optimizer"]
    config = {**optimizer["config"]}
    if isinstance(config.get("learning_rate"), int | float):
        config["learning_rate"] = "a variable"
    compiled = {**compiled, "optimizer": {**optimizer, "config": config}}
    _check_configuration(compiled)
    return compiled


def _layers(model: Any) -> list[Any]:
    known = {id(variable) for variable in model.variables}
    return [[type(part).__name__, _attributes(part, known)] for part in model._flatten_layers()]


def _check_configuration(value: Any) -> None:
    """Check that everything in a configuration is Keras's own."""
    if isinstance(value, Mapping):
        if value.get("class_name") == "__keras_tensor__":
            pass  # what a layer of a functional model is called with
        elif "class_name" in value and "config" in value:
            module = value.get("module")
            if not isinstance(module, str) or module.split(".")[0] != "keras" or value.get("registered_name"):
                raise UnusualModelError(f"{value['class_name']} is not Keras's own")
        for each in value.values():
            _check_configuration(each)
    elif isinstance(value, list | tuple):
        for each in value:
            _check_configuration(each)
    elif not isinstance(value, str | int | float | None):
        raise UnusualModelError(f"{type(value).__name__} in a configuration")


def _attributes(part: Any, known: set[int]) -> dict[str, Any]:
    """The plain attributes of a layer or a model; all others are checked to be Keras's own."""
    skipped = _MODEL_STATE if isinstance(part, keras.Model) else _STATE
    return {
        name: _plain(value, known)
        for name, value in vars(part).items()
        # Some layers make a place for what they keep during a step, and leave it empty. `_self_...` are TensorFlow's
        # notes for checkpoints.
        if value is not None and name not in skipped and not name.startswith("_self_")
    }


def _plain(value: Any, known: set[int]) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_plain(each, known) for each in value]
    if isinstance(value, dict):
        return {str(key): _plain(each, known) for key, each in value.items()}
    if isinstance(value, set | frozenset):
        return len(value)
    if isinstance(value, keras.Variable) and id(value) not in known:
        raise UnusualModelError("a variable that is not the model's")
    module = getattr(value, "__module__", None) or type(value).__module__
    if isinstance(value, types.FunctionType | types.MethodType | type):
        if module.split(".")[0] != "keras":
            raise UnusualModelError(f"the function {value.__qualname__}")
        return f"{module}.{value.__qualname__}"
    if type(value).__module__.split(".")[0] in ("keras", "inspect"):
        return type(value).__qualname__
    raise UnusualModelError(f"an attribute of type {type(value).__qualname__}")


def _check_state(optimizer: Any) -> None:
    """Check that the optimizer's whole state is in its variables."""
    known = {id(variable) for variable in optimizer.variables}
    trained = {id(variable) for variable in optimizer._trainable_variables}
    for name, value in vars(optimizer).items():
        for each in _flat(value):
            if isinstance(each, keras.Variable) and id(each) not in known | trained:
                raise UnusualModelError(f"the optimizer keeps a variable of its own: {name}")


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _flat(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _flat(each)
    else:
        yield value
