"""Where everything of a search lies on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SearchDirectory:
    """The folder `<directory>/<project_name>/` of one search, and the names inside it."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "search.db"

    @property
    def lock(self) -> Path:
        return self.root / "engine.lock"

    @property
    def engine_log(self) -> Path:
        return self.root / "engine.log"

    @property
    def ballast(self) -> Path:
        """Room on the disk that the running engine keeps for when there is none."""
        return self.root / "ballast"

    @property
    def scratch(self) -> Path:
        """Prepared arrays and other files that live only while the search runs."""
        return self.root / "scratch"

    @property
    def worker_logs(self) -> Path:
        """What workers print while they run no trial."""
        return self.root / "workers"

    def worker_log(self, worker: str) -> Path:
        return self.worker_logs / f"{worker}.log"

    @property
    def best(self) -> Path:
        return self.root / "best"

    @property
    def final(self) -> Path:
        """The best configuration trained anew on all rows but the test rows, once somebody has asked for it."""
        return self.root / "final"

    @property
    def tensorboard(self) -> Path:
        return self.root / "tb_logs"

    @property
    def replaced(self) -> SearchDirectory:
        """The search that this one replaces, as long as it is not known whether its model can be built."""
        return SearchDirectory(self.root / "replaced")

    def trial(self, trial_id: str) -> Path:
        return self.root / f"trial_{trial_id}"

    def trial_log(self, trial_id: str) -> Path:
        """All that the trial printed, native output too."""
        return self.trial(trial_id) / "log.txt"

    def checkpoint(self, trial_id: str) -> Path:
        """The weights of the trial's best epoch."""
        return self.trial(trial_id) / "checkpoint.weights.h5"

    def build_config(self, trial_id: str) -> Path:
        """The input shapes of the trial's model, for models that are only built when they see data."""
        return self.trial(trial_id) / "build_config.json"

    def resume(self, trial_id: str) -> Path:
        """Where a trial's training stands, for whoever goes on with it."""
        return self.trial(trial_id) / "resume"

    def training_state(self, trial_id: str, execution: int) -> Path:
        """Where the training of an execution, counted from 0, stood: weights, optimizer and epoch."""
        return self.resume(trial_id) / f"execution{execution}.weights.h5"

    def exists(self) -> bool:
        """Whether a search was begun here."""
        return self.database.is_file()
