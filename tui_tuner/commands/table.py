"""Which commands there are. Textual is imported only by those that draw, once they are called."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from tui_tuner.commands.exit_codes import EXIT_BAD_INPUT
from tui_tuner.commands.mistyped import Commands, RunCommand
from tui_tuner.headless.arguments import NoMouse, examples

_EXIT_CODES = """\b
Exit codes:
  0        it went well; of run, resume, attach: the search is over, was
           stopped, or goes on without this terminal
  1        the search failed; doctor or check found a problem
  2        bad input: one message says what, where, and what to do
  128 + n  signal n ended it
A script that was run gives its own exit code."""


@dataclass(frozen=True)
class _Command:
    """One command, which is loaded when it is needed.

    Args:
        where: `module:function`.
        summary: Its line in the list of commands.
    """

    name: str
    where: str
    summary: str
    examples: tuple[str, ...]

    def load(self) -> Callable[..., Any]:
        module, _, function = self.where.partition(":")
        command: Callable[..., Any] = getattr(importlib.import_module(module), function)
        return command


def _command(name: str, where: str, summary: str, *examples: str) -> _Command:
    return _Command(name, where, summary, examples)


_COMMANDS = (
    _command(
        "run",
        "tui_tuner.commands.run:run",
        "Run the search of a config file, or of a script.",
        "run sample_configs/titanic.yaml",
        "run my.yaml --set search.max_trials=50 --headless",
        "run my_script.py --workers 2 -- --epochs 5",
    ),
    _command(
        "check",
        "tui_tuner.commands.check:check_command",
        "Look at a search before it runs, and say what would spoil it.",
        "check sample_configs/titanic_article.yaml",
        "check my.yaml --points 20 --json",
    ),
    _command(
        "resume",
        "tui_tuner.commands.run:resume",
        "Go on with a search that was stopped or cut off.",
        "resume searches/titanic",
    ),
    _command(
        "attach",
        "tui_tuner.commands.attach:attach",
        "Open the app on a search that runs elsewhere or is over.",
        "attach searches/titanic",
        "attach searches/titanic --read-only",
        "attach optuna.db",
    ),
    _command(
        "status",
        "tui_tuner.commands.status:status_command",
        "Print one table about a search.",
        "status searches/titanic",
        "status searches/titanic --json | jq .best_score",
    ),
    _command(
        "replay",
        "tui_tuner.commands.replay:replay",
        "Go back and forth in a search's own time.",
        "replay searches/titanic --speed 300",
    ),
    _command(
        "next",
        "tui_tuner.commands.next_search:next_command",
        "Print the config for the next search, from what this one taught.",
        "next searches/titanic",
        "next searches/titanic --to titanic_2.yaml",
    ),
    _command(
        "retrain",
        "tui_tuner.headless.retrain:retrain_command",
        "Train the final model, on all rows but the test rows.",
        "retrain searches/titanic",
        "retrain searches/titanic --trial 07 --seeds 3",
    ),
    _command(
        "evaluate",
        "tui_tuner.headless.retrain:evaluate_command",
        "Evaluate a search's model on another file.",
        "evaluate searches/titanic new_passengers.csv",
    ),
    _command(
        "export",
        "tui_tuner.headless.export:export_command",
        "Write a search for other tools, or as a report.",
        "export searches/titanic",
        "export searches/titanic --format html",
        "export searches/titanic --format mlflow --to http://localhost:5000",
        "export searches/titanic --format keras-tuner --to for_keras_tuner",
    ),
    _command(
        "import",
        "tui_tuner.headless.import_study:import_command",
        "Make a search directory of a study of Optuna's.",
        "import optuna.db --study titanic",
        "import mysql://user@host/studies --study titanic",
    ),
    _command(
        "tensorboard",
        "tui_tuner.headless.tensorboard:tensorboard_command",
        "Start TensorBoard on a search.",
        "tensorboard searches/titanic",
    ),
    _command(
        "serve",
        "tui_tuner.commands.serve:serve",
        "Show a search in a browser.",
        "serve searches/titanic",
        "serve searches/titanic --port 8700 --allow-control",
    ),
    _command(
        "demo",
        "tui_tuner.commands.demo:demo",
        "Show a search, with training that is made up.",
        "demo",
        "demo searches/demo --trials 100",
    ),
    _command(
        "samples",
        "tui_tuner.headless.samples:samples_command",
        "Copy the sample configs out of the package.",
        "samples",
        "samples my_searches",
    ),
    _command(
        "doctor",
        "tui_tuner.headless.doctor:doctor",
        "Say what is here to search with, and what to mend.",
        "doctor",
        "doctor searches",
    ),
    _command(
        "schema",
        "tui_tuner.commands.schema:schema_command",
        "Print the JSON Schema of config files.",
        "schema > tui-tuner.schema.json",
    ),
)


def command_line(first: str | None = None) -> typer.Typer:
    """The command line.

    Args:
        first: What is asked for, if that is known: with the name of a command nothing else is loaded, which would take
            as long as reading a config. Otherwise all commands are there, for help and for names that are mistyped.
    """
    app = typer.Typer(
        cls=Commands,
        add_completion=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        help="Tune the hyperparameters of Keras models, and watch and steer the search from the terminal.",
        epilog=_EXIT_CODES,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.callback(invoke_without_command=True)(_options)
    chosen = [command for command in _COMMANDS if command.name == first]
    for command in chosen or _COMMANDS:
        kind = RunCommand if command.name == "run" else TyperCommand
        registered = app.command(command.name, cls=kind, short_help=command.summary, epilog=examples(*command.examples))
        registered(command.load())
    if not chosen:
        from tui_tuner.headless.ctl import ctl

        app.add_typer(ctl, name="ctl", short_help="Steer a running search: pause, enqueue, limit and more.")
    return app


def _version(wanted: bool) -> None:
    if wanted:
        import platform

        from tui_tuner import __version__
        from tui_tuner.system.keras_versions import keras_line

        print(f"tui-tuner {__version__} ({keras_line()}, Python {platform.python_version()})")
        raise typer.Exit


def _options(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the versions of it, Keras and Python."),
    ] = False,
    ascii_only: Annotated[
        bool, typer.Option("--ascii", help="Draw with ASCII only, for terminals and fonts that have no more.")
    ] = False,
    no_mouse: NoMouse = False,
) -> None:
    if ascii_only:
        os.environ["TUI_TUNER_ASCII"] = "1"  # as if the person had set it: see headless/ascii_text.py
    if context.invoked_subcommand is not None:
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(context.get_help())
        raise typer.Exit(EXIT_BAD_INPUT)
    from tui_tuner.commands.home import home

    raise typer.Exit(home(mouse=not no_mouse))
