"""A chief and its workers over a real connection on the loopback interface; nothing is trained."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest

from tui_tuner.distribute import chief, client, environment
from tui_tuner.distribute.chief import LOST_AFTER_S, OracleServicer
from tui_tuner.distribute.client import ChiefGoneError, OracleClient
from tui_tuner.distribute.environment import Role, RoleError, has_chief_oracle, is_chief_oracle, role
from tui_tuner.distribute.turns import Place, Turn, place_of
from tui_tuner.engine.store import Store
from tui_tuner.interop.keras_tuner_import import search_in
from tui_tuner.oracles import HyperbandOracle, Objective, Oracle, RandomSearchOracle, Trial, TrialStatus
from tui_tuner.protos.service_pb2_grpc import OracleStub, add_OracleServicer_to_server
from tui_tuner.space import HyperParameters
from tui_tuner.tuners import BaseTuner
from tui_tuner.tuners.project import reload_oracle
from tui_tuner.tuners.shared_search import serve_as_chief


def space() -> HyperParameters:
    hp = HyperParameters()
    hp.Float("x", 0.0, 1.0)
    hp.Choice("mode", ["a", "b"])
    return hp


def random_search(max_trials: int = 4, **kwargs: Any) -> Oracle:
    return RandomSearchOracle(
        objective=Objective("score", "max"), max_trials=max_trials, seed=3, hyperparameters=space(), **kwargs
    )


class Clock:
    """Stands still unless it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Chief:
    """A chief in this process, and clients to it."""

    def __init__(self, oracle: Oracle, folder: Path, token: str = "") -> None:
        oracle.set_project_dir(folder, "shared")
        self.oracle = oracle
        self.clock = Clock()
        self.servicer = OracleServicer(oracle, token, self.clock)
        self._server = grpc.server(ThreadPoolExecutor(4))
        add_OracleServicer_to_server(self.servicer, self._server)
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        self._clients: list[OracleClient] = []

    def client(self, name: str, token: str = "") -> OracleClient:
        oracle = random_search(self.oracle.max_trials or 4)
        oracle.set_project_dir(self.oracle.project_dir.parent, "shared")
        client = OracleClient(oracle, Role(f"127.0.0.1:{self.port}", name, token))
        self._clients.append(client)
        return client

    def stop(self) -> None:
        self._server.stop(None).wait()

    def close(self) -> None:
        for each in self._clients:
            each.close()
        self.stop()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Chief]:
    found = Chief(random_search(), tmp_path)
    yield found
    found.close()


def end(client: OracleClient, trial: Trial, score: float) -> None:
    client.update_trial(trial.trial_id, {"score": score}, step=2)
    trial.status = TrialStatus.COMPLETED
    client.end_trial(trial)


def test_workers_share_the_trials_of_one_oracle(served: Chief) -> None:
    one, two = served.client("one"), served.client("two")
    first, second = one.create_trial("one"), two.create_trial("two")
    assert (first.trial_id, second.trial_id) == ("0", "1")
    assert one.create_trial("one").trial_id == "0"  # asked again, it is still that one
    assert first.hyperparameters.values != second.hyperparameters.values
    end(one, first, 0.1 + 0.2)
    assert (first.score, first.best_step, first.status) == (0.1 + 0.2, 2, TrialStatus.COMPLETED)
    end(two, second, 0.9)
    assert [trial.trial_id for trial in one.get_best_trials(2)] == ["1", "0"]
    assert one.get_trial("1").score == 0.9
    assert one.remaining_trials() == 2
    assert (served.oracle.project_dir / "trial_0" / "trial.json").is_file()


def test_the_search_is_over_when_each_worker_has_been_told_so(served: Chief) -> None:
    one, two = served.client("one"), served.client("two")
    two_waits = two.create_trial("two")
    for _ in range(3):
        end(one, one.create_trial("one"), 0.5)
    end(two, two_waits, 0.5)
    assert one.create_trial("one").status == TrialStatus.STOPPED
    assert not served.servicer.is_over
    assert two.create_trial("two").status == TrialStatus.STOPPED
    assert served.servicer.is_over


def test_who_has_nothing_to_do_takes_over_the_last_trial_of_a_lost_worker(served: Chief) -> None:
    lost, other = served.client("lost"), served.client("other")
    trial = lost.create_trial("lost")
    lost.stub.Heartbeat(_beat("lost"))
    for _ in range(3):
        end(other, other.create_trial("other"), 0.5)
    assert other.create_trial("other").status == TrialStatus.IDLE
    served.clock.now = LOST_AFTER_S + 1
    other.stub.Heartbeat(_beat("other"))
    assert served.servicer.take_back_lost() == {"lost": trial.trial_id}
    again = other.create_trial("other")
    assert (again.trial_id, again.status) == (trial.trial_id, TrialStatus.RUNNING)
    end(other, again, 0.5)
    assert other.create_trial("other").status == TrialStatus.STOPPED
    assert served.servicer.is_over


def test_of_two_workers_of_one_name_the_slower_one_is_told_what_may_be_wrong(served: Chief) -> None:
    first, second = served.client("one"), served.client("one")
    trial, same = first.create_trial("one"), second.create_trial("one")
    assert trial.trial_id == same.trial_id
    end(first, trial, 0.5)
    with pytest.raises(RuntimeError, match="another worker has the same KERASTUNER_TUNER_ID"):
        end(second, same, 0.7)
    assert served.oracle.trials[trial.trial_id].score == 0.5


def test_a_search_whose_workers_are_all_lost_is_not_over(served: Chief) -> None:
    lost = served.client("lost")
    trial = lost.create_trial("lost")
    lost.stub.Heartbeat(_beat("lost"))
    served.clock.now = LOST_AFTER_S + 1
    assert served.servicer.take_back_lost() == {"lost": trial.trial_id}
    assert (served.servicer.is_over, served.servicer.is_alone) == (False, True)
    other = served.client("other")
    assert other.create_trial("other").trial_id == trial.trial_id
    assert not served.servicer.is_alone


def test_a_chief_without_workers_gives_up_in_the_end_and_says_how_to_go_on(
    served: Chief, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = served.client("lost")
    lost.create_trial("lost")
    lost.stub.Heartbeat(_beat("lost"))
    served.clock.now = LOST_AFTER_S + 1
    monkeypatch.setattr(chief, "ALONE_S", 0.0)
    with pytest.raises(chief.WorkersGoneError, match="the search is not over"):
        chief.wait_until_over(served.servicer)
    said = capsys.readouterr().err
    assert "worker lost is lost; trial 0 will be run again" in said
    assert "no worker is left" in said


def test_who_asks_after_the_end_is_answered_from_the_files_of_a_chief_that_is_gone(served: Chief) -> None:
    one = served.client("one")
    for score in (0.1, 0.9, 0.5, 0.3):
        end(one, one.create_trial("one"), score)
    assert one.create_trial("one").status == TrialStatus.STOPPED
    served.stop()
    assert [trial.score for trial in one.get_best_trials(2)] == [0.9, 0.5]
    assert one.get_trial("3").score == 0.3
    assert [hp.name for hp in one.get_space().space] == ["x", "mode"]


def test_what_a_worker_reports_is_seen_on_the_trial_that_it_has(served: Chief) -> None:
    one = served.client("one")
    trial = one.create_trial("one")
    assert one.update_trial(trial.trial_id, {"score": 0.25}, step=1) is trial
    assert trial.metrics.get_best_value("score") == 0.25
    assert one.get_trial(trial.trial_id) is trial


def test_errors_of_the_oracle_reach_the_worker_as_they_are(served: Chief) -> None:
    one = served.client("one")
    trial = one.create_trial("one")
    with pytest.raises(ValueError, match="Objective value missing"):
        one.update_trial(trial.trial_id, {"other": 1.0})
    with pytest.raises(KeyError, match="nonsense"):
        one.get_trial("nonsense")


def test_new_hyperparameters_become_known_to_all(served: Chief) -> None:
    found = HyperParameters()
    found.Int("late", 1, 5)
    served.client("one").update_space(found)
    assert [hp.name for hp in served.client("two").get_space().space] == ["x", "mode", "late"]


def test_hyperparameters_that_must_not_be_are_refused(tmp_path: Path) -> None:
    served = Chief(random_search(allow_new_entries=False), tmp_path)
    found = HyperParameters()
    found.Int("late", 1, 5)
    with pytest.raises(RuntimeError, match="allow_new_entries"):
        served.client("one").update_space(found)
    served.close()


def test_too_many_failures_end_the_search_for_all(tmp_path: Path) -> None:
    served = Chief(random_search(9, max_consecutive_failed_trials=2), tmp_path)
    one, two = served.client("one"), served.client("two")
    trials = [one.create_trial("one"), two.create_trial("two")]
    for trial in trials:
        trial.status, trial.message = TrialStatus.FAILED, "out of memory"
    one.end_trial(trials[0])
    with pytest.raises(RuntimeError, match=r"consecutive failures exceeded the limit of 2"):
        two.end_trial(trials[1])
    assert one.create_trial("one").status == TrialStatus.STOPPED
    assert isinstance(served.servicer.error, RuntimeError)
    assert served.oracle.trials["0"].message == "out of memory"
    served.close()


def test_the_trial_of_a_lost_worker_is_run_again_and_no_late_word_of_it_counts(served: Chief) -> None:
    lost, other = served.client("lost"), served.client("other")
    trial = lost.create_trial("lost")
    other.stub.Heartbeat(_beat("other"))
    lost.stub.Heartbeat(_beat("lost"))
    served.clock.now = LOST_AFTER_S / 2
    other.stub.Heartbeat(_beat("other"))
    assert not served.servicer.take_back_lost()
    served.clock.now = LOST_AFTER_S + 1
    assert served.servicer.take_back_lost() == {"lost": "0"}
    again = other.create_trial("other")
    assert (again.trial_id, again.hyperparameters.values) == (trial.trial_id, trial.hyperparameters.values)
    with pytest.raises(RuntimeError, match="is not lost's any more"):
        end(lost, trial, 0.5)
    end(other, again, 0.7)
    assert served.oracle.trials[trial.trial_id].score == 0.7


def _beat(name: str) -> Any:
    from tui_tuner.protos import service_pb2

    return service_pb2.HeartbeatRequest(tuner_id=name)


def test_who_lacks_the_token_is_kept_out(tmp_path: Path) -> None:
    served = Chief(random_search(), tmp_path, token="secret")
    for wrong in ("", "sesame"):
        with pytest.raises(RoleError, match="KERASTUNER_ORACLE_TOKEN"):
            served.client("one", wrong).create_trial("one")
    assert not served.oracle.trials
    assert served.client("one", "secret").create_trial("one").trial_id == "0"
    served.close()


def test_a_chief_that_is_gone_is_said_to_be(served: Chief) -> None:
    one = served.client("one")
    one.get_space()
    served.stop()
    with pytest.raises(ChiefGoneError, match="does not answer any more"):
        one.create_trial("one")


def test_what_only_the_chief_has_is_no_attribute_of_a_workers_oracle(served: Chief) -> None:
    one = served.client("one")
    assert (one.objective.name, one.max_trials) == ("score", 4)
    assert not hasattr(one, "trials")


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in (environment.ADDRESS, environment.PORT, environment.TUNER_ID, environment.TOKEN):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_without_an_address_there_is_no_chief(variables: pytest.MonkeyPatch) -> None:
    variables.setenv(environment.TUNER_ID, "chief")
    assert role() is None
    assert not has_chief_oracle()
    assert not is_chief_oracle()


@pytest.mark.parametrize(
    ("address", "target", "local"),
    [("127.0.0.1", "127.0.0.1:8000", True), ("::1", "[::1]:8000", True), ("10.0.0.5", "10.0.0.5:8000", False)],
)
def test_the_environment_says_what_a_process_is(
    variables: pytest.MonkeyPatch, address: str, target: str, local: bool
) -> None:
    variables.setenv(environment.ADDRESS, address)
    variables.setenv(environment.PORT, "8000")
    variables.setenv(environment.TUNER_ID, "my-chief")
    found = role()
    assert found is not None
    assert (found.target, found.is_chief, found.is_local) == (target, True, local)
    variables.setenv(environment.TUNER_ID, "worker0")
    assert has_chief_oracle()
    assert not is_chief_oracle()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "KERASTUNER_ORACLE_PORT and KERASTUNER_TUNER_ID must be set"),
        ({"KERASTUNER_ORACLE_PORT": "8000"}, "KERASTUNER_TUNER_ID must be set"),
        ({"KERASTUNER_ORACLE_PORT": "http", "KERASTUNER_TUNER_ID": "chief"}, "'http': it must be a port"),
        ({"KERASTUNER_ORACLE_PORT": "99999", "KERASTUNER_TUNER_ID": "chief"}, "'99999': it must be a port"),
    ],
)
def test_half_an_environment_is_a_runtime_error(
    variables: pytest.MonkeyPatch, tmp_path: Path, given: dict[str, str], named: str
) -> None:
    variables.setenv(environment.ADDRESS, "127.0.0.1")
    for name, value in given.items():
        variables.setenv(name, value)
    with pytest.raises(RuntimeError, match=named):
        BaseTuner(random_search(), directory=tmp_path)


class Scores(BaseTuner):
    """Trains nothing."""

    ended: list[str]

    def run_trial(self, trial: Trial, *fit_args: Any, **fit_kwargs: Any) -> Any:
        return {"score": trial.hyperparameters.values["x"]}

    def on_trial_end(self, trial: Trial) -> None:
        super().on_trial_end(trial)
        self.ended = [*getattr(self, "ended", []), trial.trial_id]


def test_a_port_that_is_taken_is_said_to_be(served: Chief, tmp_path: Path) -> None:
    oracle = random_search()
    oracle.set_project_dir(tmp_path, "other")
    with pytest.raises(RoleError, match="cannot listen on"):
        chief.serve(oracle, Role(f"127.0.0.1:{served.port}", "chief", ""))


@pytest.mark.parametrize("kind", ["random", "hyperband"])
def test_a_whole_search_of_a_chief_and_two_workers(
    variables: pytest.MonkeyPatch, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    variables.setattr(chief, "FAREWELL_S", 0.5)
    variables.setenv(environment.ADDRESS, "127.0.0.1")
    variables.setenv(environment.PORT, str(_free_port()))

    def tuner(name: str) -> Scores:
        oracle: Oracle = random_search(6)
        if kind == "hyperband":
            oracle = HyperbandOracle(
                objective=Objective("score", "max"), max_epochs=4, factor=2, seed=3, hyperparameters=space()
            )
        variables.setenv(environment.TUNER_ID, name)
        return Scores(oracle, directory=tmp_path, project_name="shared")

    boss = tuner("chief")
    serving = threading.Thread(target=boss.search)
    serving.start()
    workers = [tuner("one"), tuner("two")]
    working = [threading.Thread(target=worker.search, kwargs={"verbose": 0}) for worker in workers]
    for thread in working:
        thread.start()
    for thread in (*working, serving):
        thread.join(timeout=120)
        assert not thread.is_alive()
    trials = boss.oracle.trials
    assert len(trials) == boss.oracle.planned_trials
    assert all(trial.status == TrialStatus.COMPLETED for trial in trials.values())
    assert sorted(workers[0].ended + getattr(workers[1], "ended", [])) == sorted(trials)
    best = boss.get_best_hyperparameters()[0].values
    assert best["x"] == max(trial.hyperparameters.values["x"] for trial in trials.values())
    assert "waits for workers" in capsys.readouterr().err
    again = tuner("chief")  # started again, it goes on: there is nothing left to do
    assert len(again.oracle.trials) == len(trials)
    for worker in workers:
        worker.oracle.close()  # type: ignore[attr-defined]


def test_a_look_at_a_search_of_a_chief_costs_none_of_its_later_trials(served: Chief) -> None:
    one, root = served.client("one"), served.oracle.project_dir
    for count in (1, 2, 3):
        end(one, one.create_trial("one"), float(count))
        with search_in(root) as found:  # as `tui-tuner status` does
            store = Store(found.database)
            assert [row.score for row in store.trials()] == [float(number + 1) for number in range(count)]
            store.close()
    again = random_search()
    again.set_project_dir(root.parent, root.name)
    reload_oracle(again, root)
    assert [(trial.score, trial.status) for trial in again.trials.values()] == [
        (1.0, TrialStatus.COMPLETED),
        (2.0, TrialStatus.COMPLETED),
        (3.0, TrialStatus.COMPLETED),
    ]


class Pondering(RandomSearchOracle):
    """Proposes nothing before it is told to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.go_on = threading.Event()

    def create_trial(self, tuner_id: str) -> Trial:
        self.go_on.wait(timeout=60)
        return super().create_trial(tuner_id)


def test_heartbeats_are_heard_while_many_workers_wait_for_a_proposal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chief, "FAREWELL_S", 0.1)
    oracle = Pondering(Objective("score", "max"), max_trials=1, hyperparameters=space())
    oracle.set_project_dir(tmp_path, "shared")
    own = Role(f"127.0.0.1:{_free_port()}", "chief", "")
    serving = threading.Thread(target=chief.serve, args=(oracle, own))
    serving.start()
    with grpc.insecure_channel(own.target) as channel:
        stub = OracleStub(channel)
        stub.Heartbeat(_beat("first"), wait_for_ready=True, timeout=30)
        waiting = [stub.CreateTrial.future(_asking(f"worker{number}")) for number in range(40)]
        try:
            stub.Heartbeat(_beat("first"), timeout=10)
        finally:
            oracle.go_on.set()
        trials = [Trial.from_proto(each.result(timeout=30).trial) for each in waiting]
        (running,) = [trial for trial in trials if trial.status == TrialStatus.RUNNING]
        running.status = TrialStatus.INVALID
        stub.EndTrial(_ending(running))
        for number in range(40):
            stub.CreateTrial(_asking(f"worker{number}"))
    serving.join(timeout=30)
    assert not serving.is_alive()


def _asking(name: str) -> Any:
    from tui_tuner.protos import service_pb2

    return service_pb2.CreateTrialRequest(tuner_id=name)


def _ending(trial: Trial) -> Any:
    from tui_tuner.protos import service_pb2

    return service_pb2.EndTrialRequest(trial=trial.to_proto())


NOW = (Turn("a", 0, 0), Turn("b", 0, 1), Turn("b", 1, 2))


@pytest.mark.parametrize(
    ("turn", "place"),
    [
        (Turn("b", 1, 2), Place.NOW),
        (Turn("b", 1, 0), Place.NOW),  # it was started again, and left out what was over
        (Turn("b", 0, 1), Place.OVER),
        (Turn("b", 2, 3), Place.LATER),
        (Turn("a", 0, 0), Place.OVER),
        (Turn("a", 1, 3), Place.LATER),
        (Turn("c", 0, 3), Place.LATER),
        (Turn("at-10:31:07", 0, 2), Place.NOW),  # each process has made up a name
        (Turn("at-10:31:07", 0, 1), Place.OVER),
    ],
)
def test_a_worker_may_be_behind_its_chief_or_ahead_of_it(turn: Turn, place: Place) -> None:
    assert place_of(turn, NOW) is place
    assert Turn.from_text(turn.to_text()) == turn


def test_a_script_with_two_searches_has_both_whoever_is_ahead(
    variables: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    variables.setattr(chief, "FAREWELL_S", 0.5)
    variables.setattr(client, "_ASK_AGAIN_S", 0.05)
    variables.setenv(environment.ADDRESS, "127.0.0.1")
    variables.setenv(environment.PORT, str(_free_port()))

    def script(name: str) -> tuple[Scores, Scores]:
        variables.setenv(environment.TUNER_ID, name)
        first, second = (Scores(random_search(6), directory=tmp_path, project_name=each) for each in ("a", "b"))
        return first, second

    def run(tuners: tuple[Scores, Scores]) -> None:
        for tuner in tuners:
            tuner.search(verbose=0)

    scripts = [script(name) for name in ("chief", "one", "two")]
    running = [threading.Thread(target=run, args=(tuners,)) for tuners in scripts]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(timeout=60)
        assert not thread.is_alive()
    for boss, *workers in zip(*scripts, strict=True):
        assert [trial.status for trial in boss.oracle.trials.values()] == [TrialStatus.COMPLETED] * 6
        ran = [trial_id for worker in workers for trial_id in getattr(worker, "ended", [])]
        assert sorted(ran) == sorted(boss.oracle.trials)
        for worker in workers:
            assert worker.get_best_hyperparameters()[0].values == boss.get_best_hyperparameters()[0].values
            worker.oracle.close()


class Interrupted(Scores):
    def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> Any:
        raise KeyboardInterrupt


def test_what_ends_a_worker_is_what_its_search_raises(
    served: Chief, variables: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    variables.setenv(environment.ADDRESS, "127.0.0.1")
    variables.setenv(environment.PORT, str(served.port))
    variables.setenv(environment.TUNER_ID, "one")
    tuner = Interrupted(random_search(), directory=tmp_path, project_name="shared")
    with pytest.raises(KeyboardInterrupt):
        tuner.search(verbose=0)
    tuner.oracle.close()  # type: ignore[attr-defined]


def test_a_second_chief_does_not_overwrite_the_search_of_the_first(
    served: Chief, variables: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    served.oracle.save()
    variables.setenv(environment.ADDRESS, "127.0.0.1")
    variables.setenv(environment.PORT, str(served.port))
    variables.setenv(environment.TUNER_ID, "chief")
    with pytest.raises(RoleError, match="the port is taken"):
        Scores(random_search(), directory=tmp_path, project_name="shared", overwrite=True)
    assert (served.oracle.project_dir / "oracle.json").is_file()


def test_a_shared_search_in_which_all_failed_raises(tmp_path: Path, variables: pytest.MonkeyPatch) -> None:
    tuner = Scores(random_search(), directory=tmp_path)
    variables.setattr(chief, "serve", lambda oracle, own: None)
    with pytest.raises(RuntimeError, match="no trial completed"):
        serve_as_chief(tuner, Role("127.0.0.1:1", "chief", ""))


def _free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
