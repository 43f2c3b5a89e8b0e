"""`tui-tuner demo`: a search in which everything is real but the training."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.errors import TunerError, to_type
from tui_tuner.headless.arguments import Headless, NoMouse, Quiet

if TYPE_CHECKING:
    from tui_tuner.configs.plan import SearchPlan

LABEL = "demo: the training is made up"
_KEY = "demo"
_EPOCHS = 12
_WORKERS = 2


@dataclass(frozen=True)
class DemoSettings:
    """What a demo is told; kept in its `search.db`, so that it can go on.

    Args:
        pace: Seconds for an epoch.
    """

    trials: int = 40
    seed: int = 7
    pace: float = 0.08


def demo(
    directory: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Where the search is kept. Default: a temporary folder.")
    ] = None,
    trials: Annotated[
        int | None,
        typer.Option("--trials", metavar="N", min=1, help=f"How many trials. Default: {DemoSettings.trials}."),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            metavar="N",
            min=0,
            help=f"Another seed, another search: of a new one. Default: {DemoSettings.seed}.",
        ),
    ] = None,
    pace: Annotated[
        float | None,
        typer.Option("--pace", metavar="SECONDS", min=0, max=60, help=f"For an epoch. Default: {DemoSettings.pace}."),
    ] = None,
    headless: Headless = False,
    no_mouse: NoMouse = False,
    quiet: Quiet = False,
) -> None:
    """Show what a search looks like, in half a minute and without Keras: every key works, only the training is made up.

    The search loop, Bayesian optimisation, the pruner, worker processes and search.db are those of any search. A demo
    that was begun in DIR goes on there, with as many trials as --trials says now.
    """
    from tui_tuner.commands.running import run_plan

    if directory is None:
        root, found = temporary_root(), None
    else:
        root = directory.absolute()
        found = _continued(root)
    if found is not None and seed not in (None, found.seed):
        raise TunerError(
            f"{root}: the demo here was begun with the seed {found.seed}.", "Leave out --seed, or give another folder."
        )
    told = found or DemoSettings()
    settings = DemoSettings(
        trials=told.trials if trials is None else trials,
        seed=told.seed if seed is None else seed,
        pace=told.pace if pace is None else pace,
    )
    run_plan(
        lambda: demo_plan(root, settings),
        headless=headless,
        as_json=False,
        mouse=not no_mouse,
        label=LABEL,
        quiet=quiet,
    )


def temporary_root() -> Path:
    """A place for a demo that nobody has named. It stays, to be looked at: the system empties such folders."""
    return Path(tempfile.mkdtemp(prefix="tui-tuner-")) / "demo"


def _continued(root: Path) -> DemoSettings | None:
    """The demo that was begun in a directory; `None` if there is nothing yet.

    Raises:
        TunerError: If there is something else.
    """
    if SearchDirectory(root).exists():
        found = stored_demo(root)
        if found is None:
            raise TunerError(
                f"{root}: the search here is no demo.",
                f"Give another folder; to go on with this one: {to_type('resume', root)}",
            )
        return found
    if root.exists() and (not root.is_dir() or next(root.iterdir(), None) is not None):
        raise TunerError(f"{root}: is there already, and is no search.", "Give a new or an empty folder.")
    return None


def stored_demo(root: Path, database: Path | None = None) -> DemoSettings | None:
    """What the demo in a search directory was told; `None` if the search is no demo.

    Raises:
        TunerError: If there is no search.
    """
    from tui_tuner.configs.assemble import stored_values

    stored: Any = (stored_values(root, database) or {}).get(_KEY)
    return DemoSettings(**stored) if isinstance(stored, dict) else None


def demo_plan(root: Path, settings: DemoSettings) -> SearchPlan:
    """The search of a demo."""
    from tui_tuner.configs.plan import SearchPlan
    from tui_tuner.engine.spec import SearchSpec
    from tui_tuner.engine.view import Objective
    from tui_tuner.worker.demo import DIRECTION, OBJECTIVE, DemoOptions
    from tui_tuner.worker.jobs import Task

    directory = SearchDirectory(root)
    return SearchPlan(
        spec=SearchSpec(
            directory=directory,
            name="demo (made-up training)",
            tuner="bayesian",
            objective=Objective(OBJECTIVE, DIRECTION),
            max_trials=settings.trials,
            epochs=_EPOCHS,
            workers=_WORKERS,
            config={_KEY: asdict(settings)},
        ),
        task=Task(
            model=DemoOptions(settings.pace).model,
            data=None,
            arrays=directory.scratch / "data",
            fit={"epochs": _EPOCHS},
            callbacks={},
            objective=OBJECTIVE,
            direction=DIRECTION,
            executions_per_trial=1,
            seed=settings.seed,
            project_dir=root,
            awaits_answers=True,
            checkpoint_every_s=1.0,
        ),
        oracle={"seed": settings.seed, "max_trials": settings.trials, "max_consecutive_failed_trials": 20},
        executor="process",
        workers=_WORKERS,
        gpus=(),
        pruner="median",
    )
