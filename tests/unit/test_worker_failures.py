"""What a trial's exception becomes."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tui_tuner.engine.causes import cause_of
from tui_tuner.errors import ConfigError, FailedTrialError, FatalTypeError
from tui_tuner.worker.failures import job_failure, limited_traceback, one_line, outcome_of, trial_failure
from tui_tuner.worker.jobs import EvaluateJob, PrepareJob, TrialJob
from tui_tuner.worker.reports import ExecutionResult, Outcome


def raised(function: Callable[[], Any]) -> BaseException:
    try:
        function()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


@pytest.fixture
def user_code(tmp_path: Path) -> dict[str, Any]:
    """Functions of a user's file."""
    path = tmp_path / "model.py"
    path.write_text(
        "import json\n"
        "def direct():\n"
        "    raise ValueError('wrong units')\n"
        "def in_library():\n"
        "    return json.loads('{')\n"
        "def chained():\n"
        "    try:\n"
        "        direct()\n"
        "    except ValueError as error:\n"
        "        raise RuntimeError('cannot build') from error\n"
    )
    names: dict[str, Any] = {}
    exec(compile(path.read_text(), str(path), "exec"), names)
    return names


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (FatalTypeError("x"), Outcome.FATAL),
        (FailedTrialError("x"), Outcome.FAILED),
        (ValueError("x"), Outcome.INVALID),
        (SystemExit(1), Outcome.INVALID),
    ],
)
def test_the_class_decides_the_outcome(error: BaseException, outcome: Outcome) -> None:
    assert outcome_of(error) is outcome


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("first\nsecond"), "ValueError: first"),
        (ValueError(), "ValueError"),
        (SystemExit(3), "the code called sys.exit(3)"),
        (MemoryError(), "out of memory: this configuration needs more than there is (MemoryError)"),
        (ConfigError("no column\n'agee'", "Did you mean age?"), "no column 'agee'; Did you mean age?"),
    ],
)
def test_one_line_is_one_line(error: BaseException, line: str) -> None:
    assert one_line(error) == line


def test_a_backends_own_memory_error_is_known_by_its_name() -> None:
    class ResourceExhaustedError(Exception):
        pass

    assert one_line(ResourceExhaustedError("OOM when allocating tensor")).startswith("out of memory: ")
    assert one_line(RuntimeError("RESOURCE_EXHAUSTED: Out of memory")).startswith("out of memory: ")


def test_the_name_of_a_graphs_node_is_left_out() -> None:
    assert (
        one_line(ValueError("{{function_node __wrapped__Mul_device_/job:a}} no such shape"))
        == "ValueError: no such shape"
    )


def test_what_went_wrong_in_a_graph_is_told_and_not_only_that_something_did() -> None:
    class InvalidArgumentError(Exception):
        pass

    head = "Graph execution error:\n\nDetected at node PyFunc defined at (most recent call last):\n"
    shapes = (
        head + "<stack traces unavailable>\nMatrix size-incompatible: In[0]: [8,4], In[1]: [5,1]\n\t [[{{node a}}]]"
    )
    assert (
        one_line(InvalidArgumentError(shapes))
        == "InvalidArgumentError: Matrix size-incompatible: In[0]: [8,4], In[1]: [5,1]"
    )
    frames = '  File "a.py", line 3, in rows\n    raise OSError("row 40 cannot be read")\n'
    python = f"{head}{frames}OSError: row 40 cannot be read\nTraceback (most recent call last):\n\n{frames}\n"
    assert one_line(InvalidArgumentError(python)) == "OSError: row 40 cannot be read"
    assert one_line(InvalidArgumentError("Graph execution error:")) == "InvalidArgumentError: Graph execution error:"


INSIDE_A_LAYER = (
    "Exception encountered when calling {layer}.call().\n\n\x1b[1m{reason}\x1b[0m\n\n"
    "Arguments received by {layer}.call():\n  • inputs=tf.Tensor(shape=(8, 9), dtype=float32)"
)
NO_SPEC = (
    "Could not automatically infer the output shape / dtype of 'own' (of type Own). Either the `Own.call()` method is "
    "incorrect, or you need to implement `compute_output_spec()`. Error encountered:\n\n"
)


@pytest.mark.parametrize(
    ("layer", "reason", "line"),
    [
        ("Reshape", "The total size must be unchanged", "ValueError: Reshape.call(): The total size must be unchanged"),
        ("Own", f"{NO_SPEC}no such unit", "ValueError: Own.call(): no such unit"),
        ("Own", NO_SPEC, "ValueError: Own.call()"),
        ("Own", INSIDE_A_LAYER.format(layer="Add", reason="too few"), "ValueError: Add.call(): too few"),
    ],
)
def test_of_an_error_inside_a_layer_the_layer_and_the_reason_are_told(layer: str, reason: str, line: str) -> None:
    assert one_line(ValueError(INSIDE_A_LAYER.format(layer=layer, reason=reason))) == line


def test_different_reasons_inside_a_layer_are_different_causes() -> None:
    first, second = (
        one_line(ValueError(INSIDE_A_LAYER.format(layer="Own", reason=reason))) for reason in ("no unit", "no rate")
    )
    assert cause_of(first) != cause_of(second)


def test_a_sentence_that_is_broken_into_lines_is_told_whole() -> None:
    text = (
        "\nObject Net was created by passing\nnon-serializable argument values in `__init__()`,\nand therefore the "
        "object must override\n`get_config()`. Please implement it.\n\nExample:\n"
    )
    assert one_line(NotImplementedError(text)) == (
        "NotImplementedError: Object Net was created by passing non-serializable argument values in `__init__()`, and "
        "therefore the object must override `get_config()`. Please implement it."
    )
    ended = "the columns do not fit what was expected.\nexpected: a, b"
    assert one_line(ValueError(ended)) == "ValueError: the columns do not fit what was expected."


def test_a_long_message_is_shortened_in_its_middle() -> None:
    line = one_line(ValueError("a" * 5000 + "the end"))
    assert len(line) < 400
    assert line.endswith("the end")
    assert len(limited_traceback(ValueError("a" * 50_000))) < 7000


def test_one_line_says_where_in_the_users_code(user_code: dict[str, Any]) -> None:
    assert one_line(raised(user_code["direct"])) == "ValueError: wrong units (model.py:3, in direct)"
    assert one_line(raised(user_code["in_library"])).endswith("(model.py:5, in in_library)")


def test_the_traceback_has_the_users_frames_and_the_innermost_one(user_code: dict[str, Any]) -> None:
    error = raised(user_code["in_library"])
    whole = "".join(traceback.format_exception(error))
    text = limited_traceback(error)
    assert whole.count("json/decoder.py") > text.count("json/decoder.py") == 1
    assert 'model.py", line 5, in in_library' in text
    assert text.splitlines()[-1].startswith("json.decoder.JSONDecodeError: ")


def test_the_causes_of_an_exception_are_kept(user_code: dict[str, Any]) -> None:
    text = limited_traceback(raised(user_code["chained"]))
    assert "ValueError: wrong units" in text
    assert "direct cause" in text
    assert text.endswith("RuntimeError: cannot build")


def test_the_reports_of_failures(user_code: dict[str, Any]) -> None:
    error = raised(user_code["direct"])
    executions = [ExecutionResult({"loss": 1.0}, 0)]
    ended = trial_failure(error, TrialJob("t1", 1, 2, {}), "w", executions, {"space": [], "values": {}})
    assert (ended.trial_id, ended.attempt, ended.outcome) == ("t1", 2, Outcome.INVALID)
    assert ended.executions == tuple(executions)
    assert ended.message.startswith("ValueError: wrong units (model.py:3, in direct)\n\nTraceback")
    assert job_failure(error, PrepareJob(), "w").job == "prepare"
    failed = job_failure(error, EvaluateJob("t1", {}), "w")
    assert (failed.job, failed.message) == ("evaluate", "ValueError: wrong units (model.py:3, in direct)")
    assert failed.traceback.startswith("Traceback")
