"""Model references: what they may look like, and what they resolve to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cloudpickle
import pytest

from tui_tuner.configs.model_reference import Reference, ReferenceKind, parse_reference, resolve_model
from tui_tuner.errors import ConfigError, FatalError, TunerError
from tui_tuner.hypermodels import READY_MADE
from tui_tuner.hypermodels.data_shape import DataShape, OutputKind

HYPERMODELS = """\
class Hyper:
    def build(self, hp): return ("built", hp)
    def fit(self, hp, model, *args, **kwargs): return ("fitted", hp, model, args, kwargs)

class NeedsArguments(Hyper):
    def __init__(self, classes): self.classes = classes

class Model:
    def compile(self): ...
    def fit(self): ...
    def get_weights(self): ...
    def build(self, shape): ...

instance = NeedsArguments(10)
model = Model()
number = 3
def function(hp): return ("built", hp)
"""


@pytest.fixture
def models(tmp_path: Path) -> Path:
    path = tmp_path / "models.py"
    path.write_text(HYPERMODELS)
    return path


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("model.py:build", Reference(ReferenceKind.FILE, "model.py", "build")),
        ("/a b/c:d/model.py:build", Reference(ReferenceKind.FILE, "/a b/c:d/model.py", "build")),
        ("package.module:build", Reference(ReferenceKind.MODULE, "package.module", "build")),
        ("dense", Reference(ReferenceKind.READY_MADE, "dense")),
        ("pickle:/abs/path", Reference(ReferenceKind.PICKLE, "/abs/path")),
    ],
)
def test_the_forms_of_a_reference(text: str, reference: Reference) -> None:
    assert parse_reference(text) == reference
    assert str(reference) == text


@pytest.mark.parametrize(
    "text", ["", "model.py", "model.py:", ":build", "a b:c", "model.py:not a name", "x/y:z", "Dense2"]
)
def test_what_is_no_reference(text: str) -> None:
    with pytest.raises(ConfigError, match=r"expected file\.py:function"):
        parse_reference(text)


def test_a_function_in_a_file(models: Path) -> None:
    builder = resolve_model(f"{models}:function")
    assert builder("hp") == ("built", "hp")
    assert builder.fit is None


@pytest.mark.parametrize("name", ["Hyper", "instance"])
def test_a_hypermodel_class_or_instance_with_its_own_fit(name: str, models: Path) -> None:
    builder = resolve_model(f"{models}:{name}")
    assert builder("hp") == ("built", "hp")
    assert builder.fit is not None
    assert builder.fit("hp", "model", 1, epochs=2) == ("fitted", "hp", "model", (1,), {"epochs": 2})


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("functio", "has no functio"),
        ("NeedsArguments", "cannot be made without arguments"),
        ("Model", "is a Keras model"),
        ("model", "is a Keras model"),
        ("number", "neither a function nor a HyperModel: it is a int"),
    ],
)
def test_what_cannot_build(name: str, says: str, models: Path) -> None:
    with pytest.raises(TunerError, match=says):
        resolve_model(f"{models}:{name}")


def test_a_file_is_imported_once_under_a_name_of_its_own(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same_name.py").write_text(f"def build(hp): return {folder!r}\nmarker = object()\n")
    one, two = (resolve_model(f"{tmp_path}/{folder}/same_name.py:build") for folder in ("one", "two"))
    assert (one(None), two(None)) == ("one", "two")
    assert resolve_model(f"{tmp_path}/one/same_name.py:build").hypermodel is one.hypermodel
    assert "same_name" not in sys.modules


def test_a_file_can_import_its_neighbours_and_hold_dataclasses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "tt_neighbour.py").write_text("answer = 42\n")
    (tmp_path / "model.py").write_text(
        "from __future__ import annotations\nimport dataclasses, tt_neighbour\n"
        "@dataclasses.dataclass\nclass A:\n    x: int = tt_neighbour.answer\ndef build(hp): return A().x\n"
    )
    assert resolve_model(f"{tmp_path}/model.py:build")(None) == 42
    sys.modules.pop("tt_neighbour")


def test_a_module_is_found_from_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "tt_package").mkdir()
    (tmp_path / "tt_package" / "models.py").write_text("def build(hp): return 'found'\n")
    monkeypatch.chdir(tmp_path)
    assert resolve_model("tt_package.models:build")(None) == "found"
    for name in ("tt_package", "tt_package.models"):
        sys.modules.pop(name)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (
            "def helper():\n    return 1 / 0\nhelper()\n",
            r"ZeroDivisionError: .*\n.*line 3.*\n.*line 2, in helper: return 1 / 0",
        ),
        ("import tt_does_not_exist\n", "ModuleNotFoundError: No module named 'tt_does_not_exist'"),
        ("def build(:\n", r"SyntaxError: .* \(model.py, line 1\)"),
        ("import sys\nsys.exit(3)\n", "SystemExit: 3"),
    ],
)
def test_a_file_that_raises_gives_a_short_error(source: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(source)
    with pytest.raises(TunerError, match=says) as caught:
        resolve_model(f"{path}:build")
    assert "importlib" not in caught.value.message
    assert len(caught.value.message.splitlines()) <= 4
    with pytest.raises(TunerError):  # and is not half there the second time
        resolve_model(f"{path}:build")


def test_a_fatal_error_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text("from tui_tuner.errors import FatalError\nraise FatalError('no')\n")
    with pytest.raises(FatalError):
        resolve_model(f"{path}:build")


def test_a_pickled_function(tmp_path: Path) -> None:
    offset = 3
    (tmp_path / "f.pkl").write_bytes(cloudpickle.dumps(lambda hp: hp + offset))
    assert resolve_model(f"pickle:{tmp_path}/f.pkl")(1) == 4


@pytest.mark.parametrize("content", [None, b"no pickle"])
def test_a_pickle_that_cannot_be_read(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "f.pkl").write_bytes(content)
    with pytest.raises(TunerError, match=r"f\.pkl"):
        resolve_model(f"pickle:{tmp_path}/f.pkl")


@pytest.mark.parametrize("name", READY_MADE)
def test_a_ready_made_hypermodel_needs_the_shape_of_the_data(name: str) -> None:
    with pytest.raises(TunerError, match="needs data"):
        resolve_model(name)
    assert callable(resolve_model(name, DataShape((16,), OutputKind.BINARY)))


MODEL_THAT_SPAWNS = """
import multiprocessing, sys

def square(number): return number * number

def build(hp):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.map_async(square, [hp]).get(timeout=20)
"""

WORKER = """
import runpy, sys
from tui_tuner.configs.model_reference import resolve_model
from tui_tuner.worker import process_main

process_main.main = lambda: print(resolve_model(sys.argv[1] + ":build").build(3))  # in place of a worker's life
runpy.run_module("tui_tuner.worker", run_name="__main__", alter_sys=True)
"""


def test_a_process_that_a_worker_starts_afresh_imports_the_users_file(tmp_path: Path) -> None:
    (tmp_path / "squares.py").write_text(MODEL_THAT_SPAWNS)
    command = [sys.executable, "-c", WORKER, str(tmp_path / "squares.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "[9]", done.stderr
