"""`tui-tuner run script.py` without the app: the script runs as `python script.py` would run it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.scripts import Script

from tui_tuner.engine.view import SearchState

FACTS = """\
import os, sys
print(sys.argv, __name__, __file__, sys.path[0], os.getcwd(), __spec__, __package__, sys.stdin.read())
print(sys.modules["__main__"].__dict__ is globals(), __doc__, type(__loader__).__name__, __annotations__)
x: int = 1
"""


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return Script(tmp_path)


def test_the_script_finds_the_world_as_python_would_make_it(script: Script) -> None:
    script.write('"""Doc."""\n' + FACTS, searches=False)
    ours = script.run("--headless", arguments=("--flag", "a b", "-x"), given="typed")
    theirs = script.run_with_python("--flag", "a b", "-x", given="typed")
    assert ours.stdout == theirs.stdout
    assert "typed" in ours.stdout
    assert (ours.stderr, ours.returncode) == (theirs.stderr, 0)


def test_its_folder_is_where_its_own_modules_are(script: Script, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "helper.py").write_text("WORD = 'found'\n")
    (tmp_path / "typing.py").write_text("raise RuntimeError('a file of the user must not shadow a module of ours')\n")
    (tmp_path / "deep" / "script.py").write_text(
        "import helper, keras_tuner\nprint(helper.WORD, keras_tuner.__version__)\n"
    )
    done = Script(tmp_path, name="deep/script.py").run("--headless")
    assert done.stderr == ""
    assert done.stdout == "found 1.4.8\n"


@pytest.mark.parametrize(
    "ending",
    [
        "def f():\n    raise ValueError('no')\nf()\n",
        "import sys\nsys.exit(7)\n",
        "import sys\nsys.exit('a reason')\n",
        "import sys\nsys.exit()\n",
        "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise KeyError('x') from error\n",
        "if True\n    pass\n",
        "import sys\nsys.excepthook = lambda *seen: print('hooked', seen[1])\nraise ValueError('no')\n",
        "import atexit\natexit.register(print, 'at the end')\nraise KeyboardInterrupt\n",
        "import threading\nthreading.Thread(target=lambda: print('from a thread')).start()\n",
    ],
)
def test_it_ends_as_python_would_end_it(script: Script, ending: str) -> None:
    script.write(ending, searches=False)
    ours, theirs = script.run("--headless"), script.run_with_python()
    assert ours.stderr == theirs.stderr
    assert ours.stdout == theirs.stdout
    assert ours.returncode == theirs.returncode


def test_a_search_prints_and_every_trial_has_its_log(script: Script) -> None:
    done = script.write("search('s').results_summary(1)\n").run("--headless")
    assert done.returncode == 0, done.stderr
    assert "tui-tuner: trials run in the script's process: Searching overrides run_trial\n" in done.stderr
    positions = [
        done.stdout.index(part)
        for part in (
            "Search: Running Trial #1",
            "trial 0 tries -0.524",
            "native 0",
            "Trial 1 Complete",
            "Search: Running Trial #4",
            "native 3",
            "Trial 4 Complete",
            "Results summary",
        )
    ]
    assert positions == sorted(positions)
    watched = script.watched("s")
    assert watched.view().state is SearchState.COMPLETED
    for number in range(4):
        log = watched.directory.trial_log(str(number)).read_text()
        assert log.startswith(f"trial {number} tries ")
        assert log.endswith(f"native {number}\n")
    assert "Trial 1 Complete" not in watched.directory.trial_log("0").read_text()


def test_it_needs_neither_keras_nor_numpy_if_the_script_does_not(script: Script) -> None:
    done = script.write("search('s')\nprint({'keras', 'tensorflow'} & set(sys.modules))\n").run("--headless")
    assert done.stdout.endswith("set()\n")


def test_without_a_terminal_it_is_headless_by_itself(script: Script) -> None:
    done = script.write("search('s')\nprint('the end')\n").run()
    assert done.returncode == 0
    assert done.stdout.endswith("the end\n")
    assert "\x1b[" not in done.stdout


def test_an_error_in_a_trial_is_in_its_log_too(script: Script) -> None:
    script.write(
        "class Failing(Searching):\n"
        "    def run_trial(self, trial):\n"
        "        raise ValueError('no such thing')\n"
        "Searching = Failing\n"
        "search('s')\n"
    )
    done = script.run("--headless")
    assert done.returncode == 1
    assert "Number of consecutive failures exceeded the limit of 3" in done.stderr
    assert "ValueError: no such thing" in script.watched("s").directory.trial_log("0").read_text()


def test_sigterm_stops_the_search_in_order_and_the_script_resumes_it(tmp_path: Path) -> None:
    script = Script(tmp_path, epoch_s=0.1).write("search('s')\nprint('the end')\n")
    script.hold("s")
    watched = script.watched("s")
    environment = {**os.environ, **script.environment}
    process = subprocess.Popen(
        script.command("--headless"), cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    )
    watched.until_epoch()
    process.send_signal(signal.SIGTERM)
    script.release("s")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert "the end" not in output
    assert watched.view().state is SearchState.STOPPED

    done = script.run("--headless")
    assert "Reloading Tuner from" in done.stdout
    assert done.stdout.endswith("the end\n")
    assert watched.view().state is SearchState.COMPLETED
    assert len(watched.trials()) == 4


def test_a_hangup_is_ignored_and_an_interruption_reaches_the_script(tmp_path: Path) -> None:
    script = Script(tmp_path, epoch_s=0.1).write(
        "try:\n    search('s')\nexcept KeyboardInterrupt:\n    print('interrupted')\n    raise\n"
    )
    script.hold("s")
    watched = script.watched("s")
    process = subprocess.Popen(
        script.command("--headless"),
        cwd=tmp_path,
        env={**os.environ, **script.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watched.until_epoch()
    process.send_signal(signal.SIGHUP)
    script.release("s")
    watched.until_epoch(2)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert output.endswith("interrupted\n")
    assert errors.endswith("KeyboardInterrupt\n")
    assert watched.view().state is SearchState.STOPPED


def test_json_prints_the_events_of_every_search_and_nothing_else(script: Script) -> None:
    done = script.write("for name in ('one', 'two'):\n    search(name)\nsys.exit(5)\n").run("--json")
    assert done.returncode == 5
    events = [json.loads(line) for line in done.stdout.splitlines()]
    for name in ("one", "two"):
        mine = [event for event in events if Path(event["search"]).name == name]
        assert [event["kind"] for event in mine].count("trial_ended") == 4
        assert [event["kind"] for event in mine].count("epoch") == 12
        assert [event["seq"] for event in mine] == list(range(1, len(mine) + 1))
    assert "Search: Running Trial #1" in done.stderr

    again = script.run("--json")  # nothing is left to do: only what is new is told
    kinds = [json.loads(line)["kind"] for line in again.stdout.splitlines()]
    assert kinds.count("search_started") == 2
    assert "trial_ended" not in kinds


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["nowhere.py"], "error: nowhere.py: there is no such file.\n"),
        (["script.py", "--workers", "0"], "error: --workers: '0' is no number of processes.\n"),
        (["script.py", "--set", "search.max_trials=3"], "error: --set is for config files;"),
        (["config.yaml", "--", "--new"], "error: a config takes no arguments: --new\n"),
    ],
)
def test_a_mistake_in_the_command_is_told_in_one_message(script: Script, options: list[str], message: str) -> None:
    script.write("", searches=False)
    done = subprocess.run(
        [sys.executable, "-m", "tui_tuner.cli", "run", *options],
        cwd=script.folder,
        env={**os.environ, **script.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(message)
    assert done.stdout == ""


def test_the_alias_does_not_find_what_we_lack(script: Script) -> None:
    done = script.write("from keras_tuner import Nonsense\n", searches=False).run("--headless")
    assert done.returncode == 1
    assert "ModuleNotFoundError: tui-tuner" in done.stderr
    assert "has no keras_tuner.Nonsense" in done.stderr
