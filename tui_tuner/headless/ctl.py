"""`tui-tuner ctl DIR ...`: steer a search from any terminal, while the app runs elsewhere or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from tui_tuner.errors import CommandRefusedError, TunerError, to_type
from tui_tuner.headless.arguments import Directory, examples

if TYPE_CHECKING:
    from tui_tuner.engine.remote import RemoteSearch

EXIT_REFUSED = 2


class _Ctl(TyperGroup):
    """The commands of `ctl`, which come after the directory."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As in the base class.

        Raises:
            TunerError: If the directory is missing, or comes after the command.
        """
        words = [word for word in args if not word.startswith("-")]
        is_asked = not ctx.resilient_parsing and {"--help", "-h"}.isdisjoint(args)  # neither for completion nor help
        if is_asked and words and words[0] in self.list_commands(ctx) and not Path(words[0]).exists():
            command, *rest = words
            directory = rest[0] if rest and Path(rest[0]).is_dir() else "DIR"
            others = [word for word in args if word not in (command, directory)]
            raise TunerError(
                "the directory of the search comes before what is asked of it.",
                f"Such as: {to_type('ctl', directory, command, *others)}",
            )
        return super().parse_args(ctx, args)


ctl = typer.Typer(cls=_Ctl, no_args_is_help=True, rich_markup_mode=None)

AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
Timeout = Annotated[
    float, typer.Option("--timeout", min=0.1, metavar="SECONDS", help="How long to wait for the answer.")
]
_PATIENCE_S = 30.0
_TAKES_MINUS = {"ignore_unknown_options": True}
"""For commands whose values may begin with a minus."""


@ctl.callback(epilog=examples("ctl searches/titanic pause"))
def _directory(context: typer.Context, directory: Directory) -> None:
    """Steer a search that an engine runs, here or elsewhere.

    Prints the engine's answer. Exit code 2 if it refuses, or if no engine runs the search.
    """
    context.obj = directory


@ctl.command(epilog=examples("ctl searches/titanic pause --hard"))
def pause(
    context: typer.Context,
    hard: Annotated[
        bool, typer.Option("--hard", help="Save where the trials are and end the workers: their devices are free.")
    ] = False,
    as_json: AsJson = False,
    timeout: Timeout = _PATIENCE_S,
) -> None:
    """Start no new trial, and hold the running ones after their epoch."""
    _ask(context, lambda search: search.pause(hard), as_json, timeout)


@ctl.command(epilog=examples("ctl searches/titanic resume"))
def resume(context: typer.Context, as_json: AsJson = False, timeout: Timeout = _PATIENCE_S) -> None:
    """Go on after a pause, or take back a stop. A search that has stopped: tui-tuner resume DIR."""
    _ask(context, lambda search: search.resume(), as_json, timeout)


@ctl.command(
    short_help="Start no new trial; stop after the running ones.", epilog=examples("ctl searches/titanic stop")
)
def stop(context: typer.Context, as_json: AsJson = False, timeout: Timeout = _PATIENCE_S) -> None:
    """Start no new trial, and stop when the running ones have finished."""
    _ask(context, lambda search: search.stop(), as_json, timeout)


@ctl.command(
    "stop-now",
    short_help="Cut off the running trials; resume goes on.",
    epilog=examples("ctl searches/titanic stop-now"),
)
def stop_now(context: typer.Context, as_json: AsJson = False, timeout: Timeout = _PATIENCE_S) -> None:
    """Cut off the running trials; they go on when the search is resumed."""
    _ask(context, lambda search: search.stop_now(), as_json, timeout)


@ctl.command(epilog=examples("ctl searches/titanic skip 07"))
def skip(
    context: typer.Context,
    trial: Annotated[str, typer.Argument(metavar="TRIAL", help="A running trial.")],
    as_json: AsJson = False,
    timeout: Timeout = _PATIENCE_S,
) -> None:
    """End one running trial and keep what it has."""
    _ask(context, lambda search: search.skip(trial), as_json, timeout)


@ctl.command(epilog=examples("ctl searches/titanic enqueue units=32 learning_rate=1e-3 --from 07"))
def enqueue(
    context: typer.Context,
    values: Annotated[list[str] | None, typer.Argument(metavar="NAME=VALUE", help="Hyperparameters.")] = None,
    from_trial: Annotated[
        str | None, typer.Option("--from", metavar="TRIAL", help="Take what is not named from this trial.")
    ] = None,
    as_json: AsJson = False,
    timeout: Timeout = _PATIENCE_S,
) -> None:
    """Run a configuration next. What is neither named nor taken from a trial gets its default."""
    from tui_tuner.engine.hand_made import parse_values

    if not values and from_trial is None:
        raise TunerError("there is nothing to enqueue.", "Name values, such as units=32, or a trial: --from 07.")

    def ask(search: RemoteSearch) -> str:
        return search.enqueue(parse_values(search.live_view.space, values or ()), from_trial=from_trial)

    _ask(context, ask, as_json, timeout)


@ctl.command(
    short_help="Run trials again with other seeds.", epilog=examples("ctl searches/titanic rerun --best 3 --times 5")
)
def rerun(
    context: typer.Context,
    trial: Annotated[str | None, typer.Argument(metavar="TRIAL", help="A trial; without it the best.")] = None,
    best: Annotated[int | None, typer.Option("--best", metavar="K", min=1, help="The best K trials.")] = None,
    times: Annotated[int, typer.Option("--times", metavar="N", min=1, help="How often each.")] = 1,
    as_json: AsJson = False,
    timeout: Timeout = _PATIENCE_S,
) -> None:
    """Run trials again with other seeds, to see how much their score depends on chance."""
    if trial is not None and best is not None:
        raise TunerError("a trial or the best ones, not both.", "Such as rerun 07, or rerun --best 3.")
    _ask(context, lambda search: search.rerun(trial, best=best, times=times), as_json, timeout)


@ctl.command(context_settings=_TAKES_MINUS, epilog=examples("ctl searches/titanic limit units 16 32"))
def limit(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A hyperparameter.")],
    values: Annotated[
        list[str] | None,
        typer.Argument(metavar="VALUES", help="A range's two ends, or the values of a choice that remain: relu,tanh."),
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Propose all of its values again.")] = False,
    as_json: AsJson = False,
    timeout: Timeout = _PATIENCE_S,
) -> None:
    """Propose a hyperparameter only within these limits from now on."""
    from tui_tuner.engine.hand_made import parse_limits
    from tui_tuner.engine.typed_values import named

    if off and values:
        raise TunerError("--off takes no values.", f"Such as limit {name} --off.")

    def ask(search: RemoteSearch) -> str:
        space = search.live_view.space
        named(space, name)
        return search.limit(name) if off else search.limit(**parse_limits(space, name, values or ()))

    _ask(context, ask, as_json, timeout)


@ctl.command(epilog=examples("ctl searches/titanic trials 50"))
def trials(
    context: typer.Context,
    count: Annotated[int, typer.Argument(metavar="N", min=1, help="Trials in all, those that were run included.")],
    as_json: AsJson = False,
    timeout: Timeout = _PATIENCE_S,
) -> None:
    """Change how many trials the search runs in all."""
    _ask(context, lambda search: search.set_max_trials(count), as_json, timeout)


@ctl.command("time", epilog=examples("ctl searches/titanic time 8h"))
def time_budget(
    context: typer.Context,
    budget: Annotated[str, typer.Argument(metavar="DURATION|none", help="Such as 90s, 45m, 8h or 2d, or none.")],
    as_json: AsJson = False,
    timeout: Timeout = _PATIENCE_S,
) -> None:
    """Change the time budget of active search; pauses do not count."""
    from tui_tuner.engine.durations import parse_budget

    seconds = parse_budget(budget)
    _ask(context, lambda search: search.set_max_time(seconds), as_json, timeout)


@ctl.command(epilog=examples("ctl searches/titanic workers 4"))
def workers(
    context: typer.Context,
    count: Annotated[int, typer.Argument(metavar="N", min=1, help="Trials at once.")],
    as_json: AsJson = False,
    timeout: Timeout = _PATIENCE_S,
) -> None:
    """Change how many trials run at once."""
    _ask(context, lambda search: search.set_workers(count), as_json, timeout)


def _ask(context: typer.Context, ask: Callable[[RemoteSearch], str], as_json: bool, timeout_s: float) -> None:
    """Ask, and print the answer. A refusal is an answer too to who reads JSON."""
    from tui_tuner.analysis.text import clean
    from tui_tuner.engine.remote import RemoteSearch
    from tui_tuner.interop.keras_tuner_import import search_in

    try:
        with (
            search_in(context.obj) as found,
            RemoteSearch(context.obj, timeout_s, tool="ctl", database=found.database) as search,
        ):
            answer, ok = ask(search), True
    except TunerError as error:
        answer, ok = error.message, False
        if not as_json or not isinstance(error, CommandRefusedError):
            raise TunerError(clean(error.message), clean(error.hint)) from error
    if as_json:
        said: dict[str, Any] = {"ok": ok, "command": context.info_name, "answer": answer}
        print(json.dumps(said))
    else:
        print(clean(answer))
    if not ok:
        raise typer.Exit(EXIT_REFUSED)
