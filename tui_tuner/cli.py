"""The command line. Textual is imported only by the commands that draw."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui_tuner.commands.demo import demo
from tui_tuner.commands.home import home
from tui_tuner.commands.plans import stored_plan
from tui_tuner.commands.replay import replay
from tui_tuner.commands.running import run_plan
from tui_tuner.errors import TunerError
from tui_tuner.headless.ctl import ctl
from tui_tuner.headless.doctor import doctor
from tui_tuner.headless.export import export_command
from tui_tuner.headless.import_study import import_command
from tui_tuner.headless.retrain import evaluate_command, retrain_command
from tui_tuner.headless.samples import samples_command
from tui_tuner.headless.tensorboard import tensorboard_command
from tui_tuner.system.collector import hold_collector, release_collector

if TYPE_CHECKING:
    from tui_tuner.configs.plan import SearchPlan

EXIT_BAD_INPUT = 2

app = typer.Typer(
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Tune the hyperparameters of Keras models, and watch and steer the search from the terminal.",
)

app.command(epilog="Example: tui-tuner doctor searches")(doctor)
app.command("export", epilog="Example: tui-tuner export searches/titanic --format parquet")(export_command)
app.command("import", epilog="Example: tui-tuner import optuna.db --study titanic")(import_command)
app.command("samples", epilog="Example: tui-tuner samples my_searches")(samples_command)
app.command("tensorboard", epilog="Example: tui-tuner tensorboard searches/titanic")(tensorboard_command)
app.command(epilog="Example: tui-tuner demo, or tui-tuner demo searches/demo --trials 100")(demo)
app.command(epilog="Example: tui-tuner replay searches/titanic --speed 300")(replay)
app.command("retrain", epilog="Example: tui-tuner retrain searches/titanic --seeds 3")(retrain_command)
app.command("evaluate", epilog="Example: tui-tuner evaluate searches/titanic new_passengers.csv")(evaluate_command)
app.add_typer(ctl, name="ctl", help="Steer a running search: pause, stop, enqueue, limit and more.")

ConfigOrScript = Annotated[
    Path, typer.Argument(metavar="CONFIG|SCRIPT", help="The search as a YAML file, or a Python script.")
]
ScriptArguments = Annotated[
    list[str] | None, typer.Argument(metavar="-- ARGUMENTS", help="What the script is given, after --.")
]
Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The search directory.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Set a key of the config: --set search.max_trials=20. May be repeated."
    ),
]
Headless = Annotated[bool, typer.Option("--headless", help="Print progress lines, open no app.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, open no app.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", help="Send the terminal no notifications of a new best trial, a failure, the end.")
]
NoMouse = Annotated[bool, typer.Option("--no-mouse", help="Leave the mouse to the terminal.")]


@app.command(epilog="Example: tui-tuner run sample_configs/titanic.yaml, or tui-tuner run my_script.py -- --epochs 5")
def run(
    config: ConfigOrScript,
    arguments: ScriptArguments = None,
    overrides: Overrides = None,
    workers: Annotated[
        str | None,
        typer.Option("--workers", metavar="N", help="How many trials run at once, each in a process of its own."),
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
        _run_script(config, arguments, overrides, workers, headless=headless, as_json=as_json, mouse=not no_mouse)
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

        return plan_search(load_config(config, overrides or []))

    run_plan(plan, headless=headless, as_json=as_json, mouse=not no_mouse, quiet=quiet)


@app.command(epilog="Example: tui-tuner resume searches/titanic")
def resume(
    directory: Directory,
    headless: Headless = False,
    as_json: AsJson = False,
    no_mouse: NoMouse = False,
    quiet: Quiet = False,
) -> None:
    """Go on with a search that was stopped or cut off; interrupted trials are run again."""

    def plan() -> SearchPlan:
        from tui_tuner.interop.keras_tuner_import import search_in

        with search_in(directory) as found:
            return stored_plan(directory, found.database)

    run_plan(plan, headless=headless, as_json=as_json, mouse=not no_mouse, quiet=quiet)


@app.command(epilog="Example: tui-tuner attach searches/titanic --read-only")
def attach(
    directory: Directory,
    read_only: Annotated[bool, typer.Option("--read-only", help="Watch only.")] = False,
    no_mouse: NoMouse = False,
    quiet: Quiet = False,
) -> None:
    """Open the app on a search that another process runs, or that is over."""
    from tui_tuner.commands.watching import watch

    raise typer.Exit(watch(directory, read_only=read_only, mouse=not no_mouse, quiet=quiet)[0])


@app.command(epilog="Example: tui-tuner status searches/titanic --json")
def status(
    directory: Directory,
    as_json: AsJson = False,
    top: Annotated[int, typer.Option("--top", min=1, help="How many trials the table shows.")] = 10,
) -> None:
    """Print one table about a search, running or over, and exit."""
    from tui_tuner.engine.reader import SearchReader
    from tui_tuner.interop.keras_tuner_import import search_in

    with search_in(directory) as found:
        reader = SearchReader(directory, database=found.database)
        view = reader.poll()
        reader.close()
    from tui_tuner.headless.status import print_status, status_json

    if as_json:
        print(status_json(view))
    else:
        from rich.console import Console

        print_status(view, Console(highlight=False), top)


@app.command()
def schema() -> None:
    """Print the JSON Schema of config files, for editors."""
    import json

    from tui_tuner.configs.json_schema import json_schema

    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def _version(wanted: bool) -> None:
    if wanted:
        from tui_tuner import __version__

        print(f"tui-tuner {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    ascii_only: Annotated[
        bool, typer.Option("--ascii", help="Draw with ASCII only, for terminals and fonts that have no more.")
    ] = False,
    no_mouse: NoMouse = False,
) -> None:
    if ascii_only:
        os.environ["TUI_TUNER_ASCII"] = "1"  # as if the person had set it: see tui/ascii_only.py
    if context.invoked_subcommand is not None:
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(context.get_help())
        raise typer.Exit(EXIT_BAD_INPUT)
    raise typer.Exit(home(mouse=not no_mouse))


def _run_script(
    path: Path,
    arguments: list[str] | None,
    overrides: list[str] | None,
    workers: str | None,
    *,
    headless: bool,
    as_json: bool,
    mouse: bool,
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

    raise typer.Exit(run_script(script, mouse=mouse))


def main() -> None:
    """The `tui-tuner` command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a name that the terminal's encoding lacks is no reason to fail
            stream.reconfigure(errors="backslashreplace")
    hold_collector()  # what draws or trains here releases it once it has started
    try:
        app()
    except TunerError as error:
        print(f"error: {error.message}", file=sys.stderr)
        if error.hint:
            print(error.hint, file=sys.stderr)
        sys.exit(EXIT_BAD_INPUT)
    finally:
        release_collector()


if __name__ == "__main__":
    main()
