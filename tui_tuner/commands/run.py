"""`tui-tuner run CONFIG` or `SCRIPT`, and `tui-tuner resume DIR`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui_tuner.commands.plans import stored_plan
from tui_tuner.commands.running import run_plan
from tui_tuner.errors import TunerError
from tui_tuner.headless.arguments import Directory, Headless, NoMouse, Quiet
from tui_tuner.headless.completion import complete_config

if TYPE_CHECKING:
    from tui_tuner.configs.plan import SearchPlan

ConfigOrScript = Annotated[
    Path,
    typer.Argument(
        metavar="CONFIG|SCRIPT",
        help="The search as a YAML file, or a Python script.",
        autocompletion=complete_config,
    ),
]
ScriptArguments = Annotated[
    list[str] | None, typer.Argument(metavar="-- ARGUMENTS", help="What the script is given, after --.")
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Set a key of the config: --set search.max_trials=20. May be repeated."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print what happens as lines of JSON, open no app.")]


def run(
    config: ConfigOrScript,
    arguments: ScriptArguments = None,
    overrides: Overrides = None,
    workers: Annotated[
        str | None,
        typer.Option(
            "--workers",
            metavar="N",
            help="How many trials run at once, each in a process of its own: a number or auto; of a script also none.",
        ),
    ] = None,
    headless: Headless = False,
    as_json: AsJson = False,
    no_mouse: NoMouse = False,
    quiet: Quiet = False,
) -> None:
    """Run the search of a config file, or a KerasTuner script with the app around its searches.

    A search that was begun before goes on, unless search.overwrite is true. A script needs no change: import
    keras_tuner finds tui-tuner in it. Without a terminal progress lines are printed, or what the script prints.
    """
    if config.suffix == ".py":
        _run_script(
            config, arguments, overrides, workers, headless=headless, as_json=as_json, mouse=not no_mouse, quiet=quiet
        )
        return
    if arguments:
        raise TunerError(
            f"a config takes no arguments: {' '.join(arguments)}", "Set its keys: --set search.max_trials=20"
        )
    if workers is not None:
        overrides = [*(overrides or []), f"run.workers={workers}"]

    def plan() -> SearchPlan:
        from tui_tuner.configs.assemble import plan_search
        from tui_tuner.configs.load import load_config
        from tui_tuner.engine.directory import SearchDirectory
        from tui_tuner.engine.replacing import put_back

        loaded = load_config(config, overrides or [])
        if not loaded.search.overwrite:
            put_back(SearchDirectory(loaded.search.root))
        return plan_search(loaded)

    run_plan(plan, headless=headless, as_json=as_json, mouse=not no_mouse, quiet=quiet)


def resume(
    directory: Directory,
    headless: Headless = False,
    as_json: AsJson = False,
    no_mouse: NoMouse = False,
    quiet: Quiet = False,
) -> None:
    """Go on with a search that was stopped or cut off; interrupted trials go on from their last saved epoch.

    Its config is the one that it was run with last: after a change of the file, tui-tuner run CONFIG goes on with it.
    """

    def plan() -> SearchPlan:
        from tui_tuner.interop.keras_tuner_import import search_in

        with search_in(directory) as found:
            return stored_plan(directory, found.database)

    run_plan(plan, headless=headless, as_json=as_json, mouse=not no_mouse, quiet=quiet)


def _run_script(
    path: Path,
    arguments: list[str] | None,
    overrides: list[str] | None,
    workers: str | None,
    *,
    headless: bool,
    as_json: bool,
    mouse: bool,
    quiet: bool,
) -> None:
    from tui_tuner.interop.script_process import Script, environment

    if overrides:
        raise TunerError("--set is for config files; a script says these things itself.", "Its arguments go after --.")
    script = Script(path, tuple(arguments or ()), workers or "auto")
    if as_json:
        from tui_tuner.interop.script_events import run_with_events

        raise typer.Exit(run_with_events(script))
    if headless or not sys.stdout.isatty():
        command = script.command()
        sys.stdout.flush()
        os.execve(command[0], command, environment())
    from tui_tuner.tui.script_session import run_script
    from tui_tuner.worker.priority import let_workers_stand_back

    let_workers_stand_back()
    raise typer.Exit(run_script(script, mouse=mouse, quiet=quiet))
