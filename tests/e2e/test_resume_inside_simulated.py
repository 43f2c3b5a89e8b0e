"""An engine that is killed loses no more of a trial than what was trained since its last save."""

from __future__ import annotations

import subprocess
from pathlib import Path

from support.simulated import SimulatedSearch
from support.watching import Watched, until

from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import EpochView, SearchState

SAVED_ALWAYS = ("--json", "--set", "run.checkpoint_every_s=0")
EPOCHS = 25


def to_the_end(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def curves(root: Path) -> dict[str, list[tuple[int, dict[str, float]]]]:
    """What viewers see of each trial."""

    def shown(epoch: EpochView) -> tuple[int, dict[str, float]]:
        return epoch.epoch, dict(epoch.metrics)

    reader = SearchReader(root)
    try:
        return {trial_id: [shown(each) for each in reader.epochs(trial_id)] for trial_id in reader.poll().trials}
    finally:
        reader.close()


def test_trials_go_on_in_the_next_engine(search: SimulatedSearch, watched: Watched, tmp_path: Path) -> None:
    settings = {"trials": 3, "workers": 2, "epochs": EPOCHS, "tuner": "random"}
    whole = search.within(tmp_path / "whole", **settings, seconds_per_epoch=0.0)
    config = whole.run()  # writes it
    assert config
    to_the_end(whole.run(*SAVED_ALWAYS), whole.folder)

    search = search.within(search.folder, **settings, seconds_per_epoch=0.03)
    command = search.run(*SAVED_ALWAYS)
    for kill in range(2):
        with (search.folder / "output").open("ab") as out:
            engine = subprocess.Popen(
                command, cwd=search.folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
            until(lambda: watched.exists)
            seen = len(watched.epochs())
            until(lambda seen=seen: len(watched.epochs()) >= seen + 12)  # type: ignore[misc]
            engine.kill()
            engine.wait()
        until(lambda: not watched.is_held)
        assert len(watched.events("trial_resumed")) >= kill
        command = search.resume("--json")
    to_the_end(command, search.folder)

    assert watched.view().state is SearchState.COMPLETED
    assert curves(search.root) == curves(whole.root)
    trained = watched.query("SELECT trial_id, count(*), max(attempt) FROM epochs GROUP BY trial_id")
    for trial_id, count, attempts in trained:
        assert EPOCHS <= count <= EPOCHS + attempts, trial_id  # one epoch was not saved each time, at most
    assert all(not watched.directory.resume(trial_id).exists() for trial_id, _, _ in trained)
