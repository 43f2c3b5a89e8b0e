"""`retrain`: the best configuration of a search, trained anew on all rows but the test rows."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.hand_made import named_trial
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.trial_epochs import epochs_to_best
from tui_tuner.engine.view import SearchView, TrialView
from tui_tuner.errors import TunerError
from tui_tuner.executors.aside_process import run_aside
from tui_tuner.final.facts import read_facts
from tui_tuner.final.model_card import model_card
from tui_tuner.worker.aside_jobs import Told
from tui_tuner.worker.final_jobs import DATA, SCRIPT, FinalModel, Progress, RetrainJob

CARD = "MODEL_CARD.md"
LOG = "log.txt"


@dataclass(frozen=True)
class FinalReport:
    """What came of it.

    Args:
        folder: Holds the model, its card, and the script with its data, if one could be written.
        epochs: How long each training was.
    """

    folder: Path
    trial_id: str
    epochs: int
    final: FinalModel

    @property
    def model(self) -> Path:
        """`model.keras`, or the weights alone where Keras cannot save the model whole."""
        return self.folder / self.final.file

    @property
    def card(self) -> Path:
        return self.folder / CARD

    @property
    def script(self) -> Path | None:
        """`None` where no script can do without the user's own code."""
        path = self.folder / SCRIPT
        return path if path.is_file() and (self.folder / DATA).is_file() else None


def retrain(
    directory: str | PathLike[str],
    trial: str | None = None,
    *,
    seeds: int = 1,
    epochs: int | None = None,
    tell: Callable[[Progress], None] = lambda _: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> FinalReport:
    """Train a configuration of a search on its training and validation rows, and evaluate it on the test rows.

    Writes the folder `final` of the search directory, as a whole and in place of an earlier one; `best`, the search's
    own best model, stays as it is. Blocks until that is done; Keras runs in a process of its own.

    Args:
        directory: The search directory. The search may be running.
        trial: The trial whose configuration is taken; the best one by default.
        seeds: How often it is trained, each time with another seed. The model of the first one is kept: to choose among
            them by the test rows would make these a part of the search.
        epochs: How long; by default as many epochs as that trial took to its best one, or was given where a
            hypermodel's own `fit` did not report them.
        tell: Is told of each epoch.
        is_cancelled: Asked some times a second.

    Raises:
        TunerError: If there is no such search or trial, if a script began the search, or if the training fails.
        CancelledError: If it was cancelled; nothing has changed then.
    """
    root = Path(directory).expanduser()
    facts = read_facts(root)
    with closing(SearchReader(root)) as reader:
        view = reader.poll()
        chosen = _chosen(view, trial)
        count = epochs if epochs is not None else _best_epochs(chosen, reader)
    if count < 1 or seeds < 1:
        raise TunerError(f"expected at least one epoch and one seed, not {count} and {seeds}.")
    folder = SearchDirectory(root).final
    draft = folder.with_name(f".{folder.name}.new")
    first = facts.seed
    job = RetrainJob(
        root.absolute(),
        {"space": facts.space, "values": dict(chosen.hyperparameters)},
        count,
        tuple(range(first, first + seeds)),
        draft.absolute(),
    )

    def hear(told: Told) -> None:
        if isinstance(told, Progress):
            tell(told)

    with _drafted(draft):
        final = run_aside(job, draft / LOG, gpus=facts.gpus, tell=hear, is_cancelled=is_cancelled)
        assert isinstance(final, FinalModel)
        (draft / CARD).write_text(model_card(view, chosen, count, facts, final), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    return FinalReport(folder, chosen.trial_id, count, final)


@contextlib.contextmanager
def _drafted(draft: Path) -> Iterator[None]:
    """An empty folder that nobody else writes to; what is left of it is removed at the end."""
    try:
        draft.mkdir(exist_ok=True)
        held = os.open(draft, os.O_RDONLY)
    except OSError as error:
        raise TunerError(
            f"{draft.parent}: cannot be written ({error.strerror or error}).",
            "The final model is written into the directory of the search: copy that to where you may write.",
        ) from error
    with contextlib.ExitStack() as at_end:
        at_end.callback(os.close, held)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise TunerError(
                f"{draft.parent}: this search is being retrained already; wait until that is done."
            ) from error
        at_end.callback(shutil.rmtree, draft, ignore_errors=True)
        for left in draft.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        yield


def _chosen(view: SearchView, trial_id: str | None) -> TrialView:
    if trial_id is None:
        if view.best is None:
            raise TunerError(
                f"{view.root}: no trial has completed yet, so there is no best one.", "Choose one: --trial ID"
            )
        return view.best
    return named_trial(view, trial_id)


def _best_epochs(trial: TrialView, reader: SearchReader) -> int:
    if trial.best_epoch is None:
        raise TunerError(
            f"trial {trial.trial_id} has no best epoch: it has not ended with a score.", "Say how long: --epochs N"
        )
    return epochs_to_best(trial.best_epoch, trial.planned_epochs, were_reported=bool(reader.epochs(trial.trial_id)))
