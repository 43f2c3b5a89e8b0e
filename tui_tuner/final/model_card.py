"""The model card: one page of Markdown about a final model, for whoever finds the file without the search."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable, Sequence

from tui_tuner.analysis.formatting import format_bytes, format_count, format_duration, format_metric, format_spread
from tui_tuner.analysis.text import clean
from tui_tuner.engine.typed_values import describe
from tui_tuner.engine.view import SearchView, TrialState, TrialView
from tui_tuner.final.facts import Facts
from tui_tuner.worker.final_jobs import DATA, MODEL, SCRIPT, FinalModel


def means_over_seeds(final: FinalModel) -> dict[str, str]:
    """Mean and standard deviation of each test metric, such as `0.8042 ± 0.007`, where more than one seed has it."""
    names = dict.fromkeys(name for run in final.runs for name in run.test)
    columns = {name: [run.test[name] for run in final.runs if name in run.test] for name in names}
    return {
        name: f"{format_metric(statistics.fmean(values))} ± {format_spread(statistics.stdev(values))}"
        for name, values in columns.items()
        if len(values) > 1
    }


def model_card(view: SearchView, trial: TrialView, epochs: int, facts: Facts, final: FinalModel) -> str:
    """The card of a final model.

    Args:
        trial: The one whose configuration it has.
        epochs: How long it was trained.
    """
    has_script = not any(note.startswith("There is no train.py") for note in final.notes)
    return "\n".join(
        [
            f"# {_text(view.name)}",
            "",
            f"A Keras model, found by a {_text(view.tuner)} search with tui-tuner and trained anew on "
            f"{time.strftime('%Y-%m-%d')}.",
            "",
            *_loading(facts, final),
            *_scores(view, trial, final),
            *_hyperparameters(view, trial),
            *_training(facts, epochs, final, has_script),
            *_data(view, final),
            *_search(view, facts, trial),
            *_model(final),
            "## Versions",
            "",
            *_table(("package", "version"), final.versions.items()),
        ]
    )


def _loading(facts: Facts, final: FinalModel) -> Iterable[str]:
    if final.file != MODEL:
        yield (
            f"Keras cannot save it whole: `{final.file}` has its weights. Build it with "
            f"{_code(str(facts.config.get('model', '')))} and the hyperparameters below, call it on one row, then "
            f'`model.load_weights("{final.file}")`.'
        )
    else:
        yield from ("```python", "import keras", "", f'model = keras.models.load_model("{final.file}")', "```")
    yield ""


def _scores(view: SearchView, trial: TrialView, final: FinalModel) -> Iterable[str]:
    objective = view.objective
    spread = "" if trial.spread is None else f" ± {format_spread(trial.spread)} over {len(trial.execution_scores)}"
    yield from ("## Scores", "")
    yield (
        f"In the search, on validation rows: **{_text(objective.name)} {format_metric(trial.score)}**{spread} "
        f"(trial {_text(trial.trial_id)}, {objective.direction}). The search chose it for this number, so it is "
        "somewhat too good."
    )
    yield ""
    names = list(dict.fromkeys(name for run in final.runs for name in run.test))
    if not names:
        yield from ("There are no test rows: nothing says how good the final model is on rows it has not seen.", "")
        return
    yield "On the test rows, which neither the search nor the training has seen:"
    yield ""
    rows = [(str(run.seed), *(format_metric(run.test.get(name)) for name in names)) for run in final.runs]
    if len(final.runs) > 1:
        means = means_over_seeds(final)
        rows.append(("mean ± deviation", *(means.get(name, "") for name in names)))
    yield from _table(("seed", *map(_text, names)), rows)
    if len(final.runs) > 1:
        yield from (f"`{final.file}` is the one with the seed {final.runs[0].seed}, whatever the others scored.", "")


def _hyperparameters(view: SearchView, trial: TrialView) -> Iterable[str]:
    yield from ("## Hyperparameters", "")
    rows = []
    for name, value in trial.tuned.items():
        declared = [hp for hp in view.space if hp.name == name]
        rows.append((_text(name), _text(str(value)), _text(describe(declared)) if declared else ""))
    yield from _table(("name", "value", "searched"), rows)


def _training(facts: Facts, epochs: int, final: FinalModel, has_script: bool) -> Iterable[str]:
    seeds = ", ".join(str(run.seed) for run in final.runs)
    yield from ("## Training", "")
    yield f"- {format_count(epochs, 'epoch')}, with the seed{'s' if len(final.runs) > 1 else ''} {seeds}"
    if final.train_rows is not None:
        yield f"- {format_count(final.train_rows, 'row')}: the training and the validation rows of the search"
    fit = {key: value for key, value in facts.config.get("fit", {}).items() if value is not None}
    for key in ("batch_size", "class_weight", "shuffle", "steps_per_epoch"):
        if key in fit:
            yield f"- {_code(f'{key}: {fit[key]}')}"
    if has_script:
        yield f"- `python {SCRIPT}` trains it again from `{DATA}`, with Keras and numpy only"
    yield from (f"- {_text(note)}" for note in final.notes)
    yield ""


def _data(view: SearchView, final: FinalModel) -> Iterable[str]:
    data = view.data or final.data
    yield from ("## Data", "")
    for count, words in ((data.train_rows, "rows to search on"), (data.test_rows, "held-out test rows")):
        if count is not None:
            yield f"- {count:,} {words}"
    if data.input_shape:
        yield f"- input shape {_text(data.input_shape)}"
    yield from (f"- {_text(note)}" for note in data.notes)
    yield ""


def _search(view: SearchView, facts: Facts, trial: TrialView) -> Iterable[str]:
    statuses = [each.status for each in view.trials.values()]
    ended = ", ".join(
        f"{statuses.count(status):,} {status.value.lower()}" for status in TrialState if status in statuses
    )
    limit = "" if view.max_trials is None else f" of {view.max_trials:,}"
    search = facts.config.get("search", {})
    yield from ("## Search", "")
    yield f"- {_text(view.tuner)}, for the {view.objective.direction} of {_text(view.objective.name)}"
    elapsed = format_duration(view.elapsed_s(time.time()))
    yield f"- {format_count(len(view.trials))}{limit} trials ({ended}) in {elapsed}"
    if trial.planned_epochs:
        yield f"- up to {format_count(trial.planned_epochs, 'epoch')} a training"
    for key in ("executions_per_trial", "cross_validation", "seed"):
        if search.get(key) not in (None, 1):
            yield f"- {_code(f'{key}: {search[key]}')}"
    yield f"- model {_code(str(facts.config.get('model', '')))}"
    yield ""


def _model(final: FinalModel) -> Iterable[str]:
    model = final.model
    yield from ("## Model", "")
    yield (
        f"{format_count(model.parameters, 'parameter')}, {model.trainable_parameters:,} of them trained; "
        f"{format_bytes(model.size_bytes)} of weights."
    )
    yield ""
    rows = [
        (_text(layer.name), _text(layer.kind), _text(layer.output_shape), f"{layer.parameters:,}")
        for layer in model.layers
    ]
    yield from _table(("layer", "kind", "output", "parameters"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def _text(text: str) -> str:
    """Text from outside as Markdown shows it: one line, nothing of it a mark."""
    return "".join(f"\\{character}" if character in r"\`*_{}[]<>|#" else character for character in clean(text))


def _code(text: str) -> str:
    """The same as code."""
    without = clean(text).replace("`", "'")
    return f"`{without}`"
