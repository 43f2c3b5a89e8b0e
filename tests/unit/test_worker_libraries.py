"""What is a library, and what is the user's own code, where libraries are not only those of this Python."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import tui_tuner
from tui_tuner.worker.failures import one_line
from tui_tuner.worker.libraries import file_of, is_library, own_modules

LIBRARY = """
import sys
from types import ModuleType

def fails():
    raise ValueError("wrong use")

seed = 1
made_up = sys.modules["far_library.ops"] = ModuleType("far_library.ops")
made_up.__file__ = "_ops.py"
"""


@pytest.fixture
def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A library that `PYTHONPATH` names, with a submodule that has no file, as PyTorch has them."""
    folder = tmp_path / "cluster" / "site-packages"
    (folder / "far_library").mkdir(parents=True)
    (folder / "far_library" / "__init__.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(str(folder))
    yield importlib.import_module("far_library")
    for name in ("far_library", "far_library.ops"):
        sys.modules.pop(name)


def test_a_made_up_module_is_where_its_package_is(far: ModuleType) -> None:
    assert file_of("far_library.ops") == file_of("far_library") == far.__file__
    assert file_of("sys") is None
    assert file_of("nowhere") is None


def test_what_is_no_library_is_the_users(far: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    libraries = (far.__file__, np.__file__, json.__file__, tui_tuner.__file__, "<frozen importlib._bootstrap>")
    assert all(is_library(str(file)) for file in libraries)
    assert not is_library(__file__)
    assert not is_library(f"{sys.prefix}/project/script.py")
    assert not is_library("<ipython-input-1>")
    monkeypatch.chdir(str(Path(str(tui_tuner.__file__)).parent))
    assert is_library("cli.py")


def test_a_library_from_elsewhere_is_not_taken_for_the_scripts_own(far: ModuleType) -> None:
    assert {far.__name__, "far_library.ops", "json", "tui_tuner"}.isdisjoint(own_modules())
    assert own_modules()[__name__] is sys.modules[__name__]


def test_where_an_error_comes_from_is_the_users_line_and_not_the_librarys(far: ModuleType) -> None:
    with pytest.raises(ValueError, match="wrong use") as raised:
        far.fails()
    where = Path(__file__).name
    assert one_line(raised.value).startswith(f"ValueError: wrong use ({where}:")
