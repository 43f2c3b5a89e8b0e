"""What a script's host and the process that started it agree on."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tui_tuner.errors import TunerError
from tui_tuner.interop import own_settings
from tui_tuner.interop.own_patches import library_change
from tui_tuner.interop.own_settings import process_setting
from tui_tuner.interop.script_logs import KEPT, log_folder, new_log
from tui_tuner.interop.script_messages import Activity, ScriptMessage, SearchBegan, SearchEnded, decode, encode
from tui_tuner.interop.script_process import Script, ScriptProcess


@pytest.mark.parametrize(
    "message", [Activity("importing tensorflow"), SearchBegan("/a/ü\n", True), SearchEnded("/a b")]
)
def test_messages_survive_the_way(message: ScriptMessage) -> None:
    line = encode(message)
    assert line.count(b"\n") == 1
    assert decode(line) == message


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("keras.utils.set_random_seed(1)", "set_random_seed"),
        ("np.random.seed(1)", "seed"),
        ("SEED = 1", "SEED"),
        ("def f():\n    def g():\n        tf.config.experimental.enable_op_determinism()", "enable_op_determinism"),
        ("keras.mixed_precision.set_global_policy('mixed_float16')", "set_global_policy"),
        ("tf.config.run_functions_eagerly(True)", "run_functions_eagerly"),
        ("keras.config.set_max_epochs(1)", "set_max_epochs"),
        ("from keras.config import set_max_steps_per_epoch as limit", "set_max_steps_per_epoch"),
        ("@keras.saving.register_keras_serializable()\nclass Own: ...", "register_keras_serializable"),
        ("with keras.saving.custom_object_scope({}):\n    ...", "custom_object_scope"),
        ("keras.utils.CustomObjectScope({}).__enter__()", "CustomObjectScope"),
        ("keras.config.disable_interactive_logging()", ""),
        ("x = [f(y) for y in range(3)]", ""),
        ("train_test_split(x, random_state=1, seed=2)", ""),
    ],
)
def test_what_a_script_sets_for_its_process_is_found_in_its_code(code: str, found: str) -> None:
    assert process_setting(compile(code, "script.py", "exec")) == found


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import numpy as np\nnp.random.normal = print", "np.random"),
        ("import numpy as np\ndel np.random.normal", "np.random"),
        ("from numpy import generic as Base\nBase.name = 3", "Base"),
        ("import numpy\nsetattr(numpy.generic, 'name', 3)", "numpy.generic"),
        ("import numpy\nwith mock.patch.object(numpy.generic, 'name'):\n    ...", "numpy.generic"),
        ("def f():\n    import numpy as np\n    np.random.rand = print", "np.random"),
        ("def f():\n    from numpy import random\n    random.rand = print", "random"),
        ("import numpy\nclass Own(numpy.generic): ...\nOwn.name = 3", ""),
        ("import numpy\narray = numpy.zeros(2)\narray.shape = 2, 1\nsetattr(array, 'shape', 2)", ""),
        ("import ssl\nssl._create_default_https_context = None", ""),  # no library of build functions
        ("class A:\n    def f(self):\n        self.x = unknown.x = f().x = 1", ""),
    ],
)
def test_where_a_script_changes_a_library_is_found_in_its_code(code: str, found: str) -> None:
    tree = ast.parse(code)
    names: dict[str, Any] = {"__name__": "script"}
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom | ast.ClassDef)]
    arrays = [node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)]
    exec(compile(ast.Module([*imports, *arrays], []), "script.py", "exec"), names)  # all but the change
    assert library_change(tree, names) == found


def test_a_changed_library_is_told_as_something_that_workers_would_lack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "script.py").write_text("import numpy as np\nnp.random.normal = print\n")
    script = ModuleType("script")
    script.__file__ = str(tmp_path / "script.py")
    monkeypatch.setattr(own_settings, "own_modules", lambda: {script.__name__: script})
    assert own_settings.setting_of_own() == "script.py changes np.random, which would not hold in other processes"


def test_logs_lie_in_the_state_folder_and_the_oldest_are_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert log_folder() == tmp_path / "tui-tuner" / "scripts"
    log_folder().mkdir(parents=True)
    old = [log_folder() / f"old-{number}.log" for number in range(KEPT + 5)]
    for number, log in enumerate(old):
        log.touch()
        os.utime(log, (number, number))
    new = new_log(Path("deep/titanic.py"))
    assert new.name.startswith("titanic-")
    assert new_log(Path("deep/titanic.py")) != new
    assert new.is_file()
    assert len(list(log_folder().iterdir())) == KEPT
    assert not old[6].exists()
    assert old[7].exists()


@pytest.mark.parametrize("state", ["", "relative"])
def test_without_a_usable_setting_logs_lie_under_the_home_folder(state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", state)
    assert log_folder() == Path.home() / ".local" / "state" / "tui-tuner" / "scripts"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(TunerError, match="cannot be kept there"):
        new_log(Path("script.py"))


def test_a_process_that_ends_by_a_signal_has_a_shells_exit_code(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import os\nos.kill(os.getpid(), 9)\n")
    with (tmp_path / "out").open("wb") as output:
        process = ScriptProcess(Script(tmp_path / "script.py"), output)
    process.wait()
    assert process.exit_code == 137
    assert process.messages() == []


def test_waiting_ends_when_it_is_released(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import time\ntime.sleep(600)\n")
    with (tmp_path / "out").open("wb") as output:
        process = ScriptProcess(Script(tmp_path / "script.py"), output)
    process.wait(lambda: True)
    assert process.exit_code is None
    process.kill()
    process.wait()
    assert process.exit_code == 137
