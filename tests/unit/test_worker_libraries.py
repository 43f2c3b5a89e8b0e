"""What is a library, and what is the user's own code, where libraries are not only those of this Python."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tui_tuner.interop import own_settings
from tui_tuner.tuners import deputy
from tui_tuner.worker.failures import one_line
from tui_tuner.worker.libraries import file_of, is_installed

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
    assert is_installed(str(far.__file__))
    assert not is_installed(__file__)


def test_a_library_from_elsewhere_is_not_taken_for_the_scripts_own(far: ModuleType) -> None:
    for own in (own_settings._own_modules(), deputy._own_modules()):
        assert far.__name__ not in {module.__name__ for module in own}
        assert "far_library.ops" not in {module.__name__ for module in own}
        assert __name__ in {module.__name__ for module in own}


def test_where_an_error_comes_from_is_the_users_line_and_not_the_librarys(far: ModuleType) -> None:
    with pytest.raises(ValueError, match="wrong use") as raised:
        far.fails()
    where = Path(__file__).name
    assert one_line(raised.value).startswith(f"ValueError: wrong use ({where}:")
