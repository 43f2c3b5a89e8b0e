"""Searches on a real Ray cluster of several nodes: what happens when machines come and go, and where files end up."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from support.ray_cluster import RayCluster
from support.tasks import task_in
from support.watching import Watched, is_running, until

from tui_tuner.configs.assemble import plan_search
from tui_tuner.configs.load import load_config
from tui_tuner.engine.commands import CommandKind
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.view import Objective, SearchState, SearchView, TrialState
from tui_tuner.executors import Executor, InlineExecutor, RayExecutor
from tui_tuner.executors.ray_folder import RayFolder
from tui_tuner.oracles import Objective as OracleObjective
from tui_tuner.oracles import RandomSearchOracle
from tui_tuner.worker.jobs import Task
from tui_tuner.worker.simulated import SimulatedRunner


@pytest.fixture(scope="module")
def module_cluster() -> Iterator[RayCluster]:
    with RayCluster(num_cpus=2) as cluster:
        yield cluster


@pytest.fixture
def cluster(module_cluster: RayCluster, monkeypatch: pytest.MonkeyPatch) -> RayCluster:
    """One cluster for all tests, with two CPUs; tests that add nodes take them away again."""
    for name, value in module_cluster.environment.items():
        monkeypatch.setenv(name, value)
    return module_cluster


@dataclass
class Search:
    """A random search with simulated training. What is cut off begins again, if nothing else is said."""

    root: Path
    trials: int = 8
    epochs: int = 4
    seconds_per_epoch: float = 0.02
    checkpoint_every_s: float = 1e6
    executor: Mapping[str, Any] = field(default_factory=dict)

    def task(self) -> Task:
        return task_in(
            self.root,
            model=f"simulated:{json.dumps({'seconds_per_epoch': self.seconds_per_epoch})}",
            fit={"epochs": self.epochs},
            objective="val_accuracy",
            direction="max",
            checkpoint_every_s=self.checkpoint_every_s,
        )

    def loop(self, make_executor: Callable[[Task], Executor]) -> SearchLoop:
        spec = SearchSpec(
            SearchDirectory(self.root),
            "ray",
            "random",
            Objective("val_accuracy", "max"),
            self.trials,
            epochs=self.epochs,
        )
        return SearchLoop(
            spec,
            lambda: RandomSearchOracle(
                objective=OracleObjective("val_accuracy", "max"), max_trials=self.trials, seed=3
            ),
            lambda: make_executor(self.task()),
        )

    @contextmanager
    def on_ray(self, address: str | None) -> Iterator[Watched]:
        """The search in a thread; what a viewer sees of it. If it still runs at the end, it is stopped."""
        loop = self.loop(lambda task: RayExecutor(task, address=address, **self.executor))
        thread = threading.Thread(target=loop.run)
        thread.start()
        watched = Watched(self.root)
        try:
            yield watched
        finally:
            if not loop.over:
                watched.send(CommandKind.STOP_NOW)
            thread.join(60)
            assert loop.over

    def undisturbed(self, root: Path) -> dict[int, tuple[Mapping[str, Any], float | None]]:
        """What the search comes to in one process: values and score of each trial."""
        alone = Search(root, self.trials, self.epochs, seconds_per_epoch=0)
        alone.loop(lambda task: InlineExecutor(SimulatedRunner(task))).run()
        return results(Watched(root).view())


def results(view: SearchView) -> dict[int, tuple[Mapping[str, Any], float | None]]:
    return {trial.number: (trial.hyperparameters, trial.score) for trial in view.trials.values()}


def running(view: SearchView) -> list[str]:
    """The trials that have had an epoch."""
    return [
        trial.trial_id
        for trial in view.trials.values()
        if trial.status is TrialState.RUNNING and trial.last_epoch is not None
    ]


def commands(parent: int) -> dict[int, str]:
    """The command lines of its child processes."""
    found = {}
    for child in psutil.Process(parent).children():
        with suppress(psutil.Error):  # it may have ended meanwhile
            found[child.pid] = " ".join(child.cmdline())
    return found


def bridges(engine: int | None = None) -> list[int]:
    """The processes that talk to Ray for an engine, or for this process."""
    return [pid for pid, command in commands(engine or os.getpid()).items() if "ray_bridge" in command]


def folder_of_local_ray(bridge: int) -> Path:
    """Where the Ray that this bridge has started keeps its sockets: other searches have others there."""
    (folder,) = set(re.findall(r"/tmp/ttr-\w+", " ".join(commands(bridge).values())))
    return Path(folder)


def test_machines_may_join_and_be_lost_and_no_trial_is_missing(cluster: RayCluster, tmp_path: Path) -> None:
    search = Search(tmp_path / "search", trials=6, epochs=100_000)
    with search.on_ray(cluster.address) as watched:
        watched.until(lambda view: len(running(view)) == 2)
        node = cluster.add(num_cpus=2)
        watched.until(lambda view: len(running(view)) == 4)
        cluster.kill(node)
        watched.until(lambda view: len(watched.events("trial_requeued")) == 2)
        assert all("its machine" in event["reason"] for event in watched.events("trial_requeued"))
        watched.send(CommandKind.STOP_NOW)
        watched.until_state(SearchState.STOPPED)
    search.epochs = 4
    with search.on_ray(cluster.address) as watched:
        view = watched.until_state(SearchState.COMPLETED, SearchState.FAILED)
    assert view.state is SearchState.COMPLETED
    assert {trial.status for trial in view.trials.values()} == {TrialState.COMPLETED}
    assert results(view) == search.undisturbed(tmp_path / "alone")


def test_a_search_on_a_cluster_is_steered_as_any_other(cluster: RayCluster, tmp_path: Path) -> None:
    search = Search(tmp_path / "search", trials=4, epochs=100)
    with search.on_ray(cluster.address) as watched:
        first, second = running(watched.until(lambda view: len(running(view)) == 2))
        watched.send(CommandKind.SKIP, first)
        watched.until(lambda view: view.trials[first].status is TrialState.STOPPED)
        watched.send(CommandKind.PAUSE)
        watched.until(lambda view: view.state is SearchState.PAUSED)
        watched.send(CommandKind.RESUME)
        watched.send(CommandKind.STOP_NOW)
        view = watched.until_state(SearchState.STOPPED)
    assert view.trials[second].status is TrialState.INTERRUPTED
    search.seconds_per_epoch = 0
    with search.on_ray(cluster.address) as watched:
        view = watched.until_state(SearchState.COMPLETED, SearchState.FAILED)
    assert [trial.status for trial in view.trials.values()].count(TrialState.COMPLETED) == 3


def test_a_trial_gets_the_machine_that_its_hyperparameters_ask_for(cluster: RayCluster, tmp_path: Path) -> None:
    (tmp_path / "needs.py").write_text("def needs(values):\n    return {'big': 1} if values['units'] > 32 else {}\n")
    options = {"trial_resources": f"{tmp_path}/needs.py:needs"}
    search = Search(tmp_path / "search", trials=8, executor=options)

    def waiting(view: SearchView) -> bool:
        trials = [trial for trial in view.trials.values() if trial.status is TrialState.RUNNING]
        return any(int(trial.hyperparameters["units"]) > 32 and trial.last_epoch is None for trial in trials)

    with search.on_ray(cluster.address) as watched:
        view = watched.until(waiting)
        node = cluster.add(num_cpus=1, resources={"big": 1})
        view = watched.until_state(SearchState.COMPLETED, SearchState.FAILED)
    cluster.kill(node)
    assert {trial.status for trial in view.trials.values()} == {TrialState.COMPLETED}
    assert any(int(trial.hyperparameters["units"]) > 32 for trial in view.trials.values())
    assert results(view) == search.undisturbed(tmp_path / "alone")


def test_a_mistake_in_the_function_for_resources_ends_the_search_with_its_message(
    cluster: RayCluster, tmp_path: Path
) -> None:
    (tmp_path / "needs.py").write_text("def needs(values):\n    return {'big': values['no such']}\n")
    search = Search(tmp_path / "search", executor={"trial_resources": f"{tmp_path}/needs.py:needs"})
    with search.on_ray(cluster.address) as watched:
        view = watched.until_state(SearchState.FAILED)
    assert "run.trial_resources" in view.detail
    assert "KeyError: 'no such'" in view.detail


def test_a_function_for_resources_that_hangs_ends_the_search(
    cluster: RayCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_tuner.executors.ray_executor._NEEDS_S", 0.5)
    monkeypatch.setattr("tui_tuner.executors.ray_link._END_S", 0.5)  # it still waits for the function then
    (tmp_path / "needs.py").write_text("import time\ndef needs(values):\n    time.sleep(3600)\n")
    search = Search(tmp_path / "search", executor={"trial_resources": f"{tmp_path}/needs.py:needs"})
    with search.on_ray(cluster.address) as watched:
        view = watched.until_state(SearchState.FAILED)
    assert "run.trial_resources" in view.detail
    assert "it has not returned within 0.5 s" in view.detail
    assert bridges() == []


def test_the_search_goes_on_when_what_talks_to_ray_breaks_down(cluster: RayCluster, tmp_path: Path) -> None:
    search = Search(tmp_path / "search", trials=4, epochs=10, seconds_per_epoch=0.05)
    with search.on_ray(cluster.address) as watched:
        watched.until(lambda view: bool(running(view)))
        (bridge,) = bridges()
        os.kill(bridge, signal.SIGKILL)
        view = watched.until_state(SearchState.COMPLETED, SearchState.FAILED)
    assert view.state is SearchState.COMPLETED
    assert results(view) == search.undisturbed(tmp_path / "alone")
    assert bridges() == []


def test_a_trial_goes_on_on_machines_that_see_no_files(cluster: RayCluster, tmp_path: Path) -> None:
    options = {"workers": 1, "separate_files": True}
    search = Search(tmp_path / "search", trials=1, epochs=100_000, checkpoint_every_s=0, executor=options)
    with search.on_ray(cluster.address) as watched:
        watched.until_epoch(20)
        watched.send(CommandKind.STOP_NOW)
        watched.until_state(SearchState.STOPPED)
    with search.on_ray(cluster.address) as watched:
        watched.until(lambda view: bool(watched.events("trial_resumed")))
    assert watched.events("trial_resumed")[0]["epoch"] > 10


def test_where_there_is_no_cluster_the_search_ends_with_the_reason(tmp_path: Path) -> None:
    with Search(tmp_path / "search").on_ray("127.0.0.1:1") as watched:
        view = watched.until_state(SearchState.FAILED)
    assert "There is no Ray cluster at 127.0.0.1:1: Connection refused. Give run.address as" in view.detail


ENGINE = """
import queue, sys
from pathlib import PosixPath
from tui_tuner.executors import RayExecutor
from tui_tuner.worker.jobs import *
from tui_tuner.worker.reports import *

task, address = eval(sys.argv[1]), sys.argv[2]
reports = queue.SimpleQueue()
executor = RayExecutor(task, address=address, workers=1)
executor.start(reports.put)
executor.submit(PrepareJob())
while not isinstance(reports.get(), Prepared):
    pass
executor.submit(TrialJob("t0", 0, 0, {"space": [], "values": {"fault": "child"}}))
while not isinstance(reports.get(), EpochEnded):
    pass
print("training", flush=True)
sys.stdin.read()
"""


def test_nothing_is_left_of_an_engine_that_is_killed(cluster: RayCluster, tmp_path: Path) -> None:
    task = Search(tmp_path / "search", epochs=100_000).task()
    with subprocess.Popen(
        [sys.executable, "-c", ENGINE, repr(task), cluster.address], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as engine:
        assert engine.stdout is not None
        assert engine.stdout.readline() == b"training\n"
        child = int(SearchDirectory(tmp_path / "search").trial_log("t0").read_text())
        bridge = bridges(engine.pid)
        assert len(bridge) == 1
        engine.kill()
    until(lambda: not any(map(is_running, [child, *bridge])))


def test_a_local_ray_prints_nothing_and_ends_with_its_search(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    search = Search(tmp_path / "search", epochs=100_000, executor={"workers": 1})
    with search.on_ray(None) as watched:
        workers = watched.until(lambda view: bool(running(view))).workers
        (bridge,) = bridges()
        folder = folder_of_local_ray(bridge)
        assert folder.is_dir()
        watched.send(CommandKind.STOP_NOW)
        watched.until_state(SearchState.STOPPED)
    until(lambda: not any(is_running(worker.pid) for worker in workers))
    assert bridges() == []
    assert not folder.exists()
    assert capfd.readouterr() == ("", "")


def test_the_folder_of_a_local_ray_that_was_killed_is_deleted(tmp_path: Path) -> None:
    search = Search(tmp_path / "search", epochs=100_000, executor={"workers": 1})
    with search.on_ray(None) as watched:
        watched.until(lambda view: bool(running(view)))
        (bridge,) = bridges()
        folder = folder_of_local_ray(bridge)
        os.kill(bridge, signal.SIGKILL)
        until(lambda: bridges() not in ([], [bridge]))
        watched.until(lambda view: bool(running(view)))
    assert bridges() == []
    RayFolder(Path("/tmp")).delete()  # also what was still being written when the second Ray began
    assert not folder.exists()


REFUSED = """
import sys
from pathlib import Path
from tui_tuner.errors import TunerError
from tui_tuner.executors import ray_cluster

ray_cluster.SHORT_PATH = Path(sys.argv[1])
try:
    ray_cluster.join(None, 1)
except TunerError as error:
    print(error)
"""


def test_a_local_ray_that_cannot_be_started_leaves_no_folder(tmp_path: Path) -> None:
    folder = tmp_path / ("names of sockets are too long here" * 4)
    folder.mkdir()
    said = subprocess.run([sys.executable, "-c", REFUSED, folder], capture_output=True, text=True, check=True).stdout
    assert "A local Ray could not be started: " in said
    assert list(folder.iterdir()) == []


def test_a_slot_that_is_still_opening_when_a_search_ends_leaves_nothing_behind(
    cluster: RayCluster, tmp_path: Path
) -> None:
    task = Search(tmp_path / "search").task()
    for _ in range(3):
        executor = RayExecutor(task, address=cluster.address, workers=1, separate_files=True)
        executor.start(lambda _: None)
        until(lambda: bool(list(cluster.scratch.glob("tui-tuner-*"))))
        executor.close()
        assert list(cluster.scratch.glob("tui-tuner-*")) == []


MODEL = """
import keras
from layers import hidden

def build(hp):
    model = keras.Sequential([hidden(hp), keras.layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
"""
LAYERS = """
import keras

def hidden(hp):
    print("hidden layer with", hp.Int("units", 4, 16, step=4), "from", __file__)
    return keras.layers.Dense(hp.get("units"), activation="relu")
"""
CONFIG = """
model: model.py:build
data: {sklearn: iris}
search: {tuner: random, objective: val_accuracy, max_trials: 2, seed: 3, directory: DIRECTORY, project_name: search}
fit: {epochs: 2}
run: {executor: ray, workers: 1, address: ADDRESS}
"""


def test_a_machine_that_sees_no_files_gets_data_and_code_and_sends_back_what_trials_write(
    cluster: RayCluster, tmp_path: Path
) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "layers.py").write_text(LAYERS)
    file = tmp_path / "search.yaml"
    file.write_text(CONFIG.replace("DIRECTORY", str(tmp_path)).replace("ADDRESS", cluster.address))
    plan = plan_search(load_config(file))
    assert isinstance(plan.make_executor(), RayExecutor)
    loop = SearchLoop(
        plan.spec,
        plan.make_oracle,
        lambda: RayExecutor(plan.task, address=cluster.address, workers=1, separate_files=True),
    )
    loop.run()
    watched = Watched(tmp_path / "search")
    view = watched.view()
    assert view.state is SearchState.COMPLETED, view.detail
    for trial_id in view.trials:
        assert watched.directory.checkpoint(trial_id).stat().st_size > 0
        log = watched.directory.trial_log(trial_id).read_text()
        assert "hidden layer with" in log
        assert f"from {cluster.scratch}" in log
    assert (watched.directory.best / "model.keras").stat().st_size > 0
    assert set(view.test_metrics or {}) == {"loss", "accuracy"}
    assert list(cluster.scratch.glob("tui-tuner-*")) == []
