"""Copies a trial to the clipboard of the terminal (OSC 52), which works over SSH too."""

from __future__ import annotations

from typing import Any

from textual.app import App

from tui_tuner.analysis import copying
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.view import SearchView, TrialView
from tui_tuner.errors import TunerError
from tui_tuner.final.facts import read_facts
from tui_tuner.tui.screens.question import Answer, Question
from tui_tuner.tui.stacking import open_over

_PYTHON = Answer("python", "p", "Python", "The values as a dict, and how a model is built with them.")
_JSON = Answer("json", "j", "JSON", "The trial with its values and its score.")
_CONFIG = Answer("config", "c", "Config", "A file for tui-tuner run that trains this configuration once.")


def ask_copy(app: App[Any], view: SearchView, trial: TrialView) -> None:
    """Ask in which form, and copy it."""

    def answered(answer: str | None) -> None:
        if answer is None:
            return
        try:
            text = _text(answer, view, trial)
        except TunerError as error:
            app.notify(clean(str(error)), title="Nothing was copied", severity="warning", markup=False)
            return
        app.copy_to_clipboard(text)
        app.notify(
            f"Trial {truncate(clean(trial.trial_id), 20)} is in the clipboard, if your terminal allows OSC 52.",
            markup=False,
        )

    open_over(app, Question("Copy the trial as", (_PYTHON, _JSON, _CONFIG)), answered)


def _text(form: str, view: SearchView, trial: TrialView) -> str:
    if form == _PYTHON.id:
        return copying.as_python(trial)
    if form == _JSON.id:
        return copying.as_json(view, trial)
    return copying.as_config(view, trial, read_facts(view.root).config)
