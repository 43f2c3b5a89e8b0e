"""Hypermodels, from functions and as classes."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tui_tuner.errors import FatalValueError
from tui_tuner.space import HyperParameters
from tui_tuner.tuners import HyperModel
from tui_tuner.tuners.hypermodel import get_hypermodel


class Dense(HyperModel):
    def build(self, hp: HyperParameters) -> Any:
        return hp.Int("units", 8, 64, step=8)


def test_what_a_hypermodel_asks_for_joins_the_space() -> None:
    hp = HyperParameters()
    assert Dense().build(hp) == 8
    assert [each.name for each in hp.space] == ["units"]


def test_what_an_untunable_hypermodel_asks_for_keeps_its_value_and_stays_out_of_the_space() -> None:
    hp = HyperParameters()
    hp.values["units"] = 16
    assert Dense(name="fixed", tunable=False).build(hp) == 16
    assert hp.space == []


def test_an_untunable_hypermodel_stays_out_inside_another_one() -> None:
    class Outer(HyperModel):
        def build(self, hp: HyperParameters) -> Any:
            hp.Boolean("own")
            return Dense(tunable=False).build(hp)

    hp = HyperParameters()
    Outer().build(hp)
    assert [each.name for each in hp.space] == ["own"]


def test_a_hypermodel_that_forgets_super_works() -> None:
    class Forgetful(Dense):
        def __init__(self) -> None:
            self.depth = 2

    hp = HyperParameters()
    assert Forgetful().build(hp) == 8
    assert Forgetful().name is None


def test_the_default_fit_is_the_models() -> None:
    class Model:
        def fit(self, *args: Any, **kwargs: Any) -> Any:
            return args, kwargs

    assert Dense().fit(HyperParameters(), Model(), 1, 2, epochs=3) == ((1, 2), {"epochs": 3})


def test_a_function_is_a_hypermodel() -> None:
    def build_model(hp: HyperParameters) -> Any:
        return hp.Boolean("flag")

    hypermodel = get_hypermodel(build_model)
    assert isinstance(hypermodel, HyperModel)
    assert hypermodel.name == "build_model"
    assert hypermodel.build(HyperParameters()) is False


def test_a_hypermodel_stays_what_it_is() -> None:
    hypermodel = Dense()
    assert get_hypermodel(hypermodel) is hypermodel
    assert get_hypermodel(None) is None


def test_a_class_in_place_of_an_object_is_named() -> None:
    with pytest.raises(FatalValueError, match=r"did you mean Dense\(\)\?"):
        get_hypermodel(Dense)  # type: ignore[arg-type]


def test_a_hypermodel_without_build_says_so() -> None:
    with pytest.raises(NotImplementedError, match="does not implement `build`"):
        HyperModel().build(HyperParameters())


def test_a_library_may_wrap_every_build() -> None:
    """AutoKeras builds each of its blocks in a name scope of the block's own."""

    class Block(HyperModel):
        def _build_wrapper(self, hp: HyperParameters, *args: Any, **kwargs: Any) -> Any:
            with hp.name_scope(self.name or ""):
                return super()._build_wrapper(hp, *args, **kwargs)

        def build(self, hp: HyperParameters, inputs: Any = None) -> Any:
            return hp.Int("units", 1, 8)

    class Two(Block):
        def build(self, hp: HyperParameters, inputs: Any = None) -> Any:
            super().build(hp)
            return Block("inner").build(hp, inputs=3)

    hp = HyperParameters()
    Two("outer").build(hp)
    assert [each.name for each in hp.space] == ["outer/units", "outer/inner/units"]


def test_a_hypermodel_can_be_copied() -> None:
    copied = copy.deepcopy(Dense(name="copied", tunable=False))
    hp = HyperParameters()
    assert copied.build(hp) == 8
    assert hp.space == []
    assert copied._build.__self__ is copied  # type: ignore[attr-defined]
