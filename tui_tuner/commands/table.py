"""Which commands there are. Textual is imported only by those that draw, once they are called."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from tui_tuner.commands.attach import attach
from tui_tuner.commands.check import check_command
from tui_tuner.commands.demo import demo
from tui_tuner.commands.exit_codes import EXIT_BAD_INPUT
from tui_tuner.commands.home import home
from tui_tuner.commands.next_search import next_command
from tui_tuner.commands.replay import replay
from tui_tuner.commands.run import resume, run
from tui_tuner.commands.schema import schema_command
from tui_tuner.commands.serve import serve
from tui_tuner.commands.status import status_command
from tui_tuner.headless.arguments import NoMouse, examples
from tui_tuner.headless.ctl import ctl
from tui_tuner.headless.doctor import doctor
from tui_tuner.headless.export import export_command
from tui_tuner.headless.import_study import import_command
from tui_tuner.headless.retrain import evaluate_command, retrain_command
from tui_tuner.headless.samples import samples_command
from tui_tuner.headless.tensorboard import tensorboard_command

_EXIT_CODES = """\b
Exit codes:
  0        it went well; of run, resume, attach: the search is over, was
           stopped, or goes on without this terminal
  1        the search failed; doctor or check found a problem
  2        bad input: one message says what, where, and what to do
  128 + n  signal n ended it
A script that was run gives its own exit code."""

app = typer.Typer(
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Tune the hyperparameters of Keras models, and watch and steer the search from the terminal.",
    epilog=_EXIT_CODES,
)


def _add(name: str, command: Callable[..., Any], summary: str, *lines: str) -> None:
    """A command, with its line in the list of commands and examples for its own help."""
    app.command(name, short_help=summary, epilog=examples(*lines))(command)


_add(
    "run",
    run,
    "Run the search of a config file, or of a script.",
    "run sample_configs/titanic.yaml",
    "run my.yaml --set search.max_trials=50 --headless",
    "run my_script.py --workers 2 -- --epochs 5",
)
_add(
    "check",
    check_command,
    "Look at a search before it runs, and say what would spoil it.",
    "check sample_configs/titanic_article.yaml",
    "check my.yaml --points 20 --json",
)
_add("resume", resume, "Go on with a search that was stopped or cut off.", "resume searches/titanic")
_add(
    "attach",
    attach,
    "Open the app on a search that runs elsewhere or is over.",
    "attach searches/titanic",
    "attach searches/titanic --read-only",
    "attach optuna.db",
)
_add(
    "status",
    status_command,
    "Print one table about a search.",
    "status searches/titanic",
    "status searches/titanic --json | jq .best_score",
)
_add("replay", replay, "Go back and forth in a search's own time.", "replay searches/titanic --speed 300")
_add(
    "next",
    next_command,
    "Print the config for the next search, from what this one taught.",
    "next searches/titanic",
    "next searches/titanic --to titanic_2.yaml",
)
_add(
    "retrain",
    retrain_command,
    "Train the final model, on all rows but the test rows.",
    "retrain searches/titanic",
    "retrain searches/titanic --trial 07 --seeds 3",
)
_add(
    "evaluate",
    evaluate_command,
    "Evaluate a search's model on another file.",
    "evaluate searches/titanic new_passengers.csv",
)
_add(
    "export",
    export_command,
    "Write a search for other tools, or as a report.",
    "export searches/titanic",
    "export searches/titanic --format html",
    "export searches/titanic --format mlflow --to http://localhost:5000",
    "export searches/titanic --format keras-tuner --to for_keras_tuner",
)
_add(
    "import",
    import_command,
    "Make a search directory of a study of Optuna's.",
    "import optuna.db --study titanic",
    "import mysql://user@host/studies --study titanic",
)
_add("tensorboard", tensorboard_command, "Start TensorBoard on a search.", "tensorboard searches/titanic")
_add(
    "serve",
    serve,
    "Show a search in a browser.",
    "serve searches/titanic",
    "serve searches/titanic --port 8700 --allow-control",
)
_add("demo", demo, "Show a search, with training that is made up.", "demo", "demo searches/demo --trials 100")
_add("samples", samples_command, "Copy the sample configs out of the package.", "samples", "samples my_searches")
_add("doctor", doctor, "Say what is here to search with, and what to mend.", "doctor", "doctor searches")
_add("schema", schema_command, "Print the JSON Schema of config files.", "schema > tui-tuner.schema.json")
app.add_typer(ctl, name="ctl", short_help="Steer a running search: pause, enqueue, limit and more.")


def _version(wanted: bool) -> None:
    if wanted:
        import platform

        from tui_tuner import __version__
        from tui_tuner.system.keras_versions import keras_line

        print(f"tui-tuner {__version__} ({keras_line()}, Python {platform.python_version()})")
        raise typer.Exit


@app.callback(invoke_without_command=True)
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
        os.environ["TUI_TUNER_ASCII"] = "1"  # as if the person had set it: see tui/ascii_only.py
    if context.invoked_subcommand is not None:
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(context.get_help())
        raise typer.Exit(EXIT_BAD_INPUT)
    raise typer.Exit(home(mouse=not no_mouse))
