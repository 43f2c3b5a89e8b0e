"""The Pareto front: of which trials it is, and where it is shown."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tui_tuner.analysis.fields import fields_of
from tui_tuner.analysis.frames import frames_of
from tui_tuner.analysis.pareto import pareto_front
from tui_tuner.analysis.summary import closing_summary
from tui_tuner.configs.assemble import open_search
from tui_tuner.configs.load import load_config
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import Objective, SearchView, TrialState, TrialView
from tui_tuner.headless.lines import heading
from tui_tuner.headless.status import print_status, status_json


def trial(number: int, score: float, *others: float, **changes: object) -> TrialView:
    known = {"trial_id": str(number), "number": number, "status": TrialState.COMPLETED, "hyperparameters": {}}
    return TrialView(**{**known, "score": score, "other_scores": others, **changes})  # type: ignore[arg-type]


def search(*trials: TrialView, others: tuple[Objective, ...] = (Objective("size", "min"),)) -> SearchView:
    return SearchView(
        Path("/s"),
        name="s",
        tuner="bayesian",
        objective=Objective("accuracy", "max"),
        other_objectives=others,
        trials={each.trial_id: each for each in trials},
    )


def front(view: SearchView) -> list[str]:
    return [each.trial_id for each in pareto_front(view)]


def test_it_is_the_trials_that_no_other_one_beats_in_all_objectives() -> None:
    results = [(0.9, 50.0), (0.8, 40.0), (0.85, 60.0), (0.7, 45.0), (0.6, 1.0)]
    view = search(*(trial(number, *each) for number, each in enumerate(results)))
    assert front(view) == ["0", "1", "4"]


def test_equal_trials_are_on_it_together_and_what_is_as_good_in_one_only_is_not() -> None:
    view = search(trial(0, 0.9, 50.0), trial(1, 0.9, 50.0), trial(2, 0.9, 51.0), trial(3, 0.8, 50.0))
    assert front(view) == ["0", "1"]


def test_a_search_that_is_left_says_what_is_on_it_with_all_values_and_how_many_more_there_are() -> None:
    sizes = (Objective("parameters", "min"),)
    few = search(trial(0, 0.9, 5000.0), trial(1, 0.8, 40.0), trial(2, 0.7, 45.0), others=sizes)
    lines = [line.strip() for line in closing_summary(few)]
    assert "front         accuracy 0.9000, parameters 5,000 in trial 0" in lines
    assert "accuracy 0.8000, parameters 40 in trial 1" in lines
    assert not any("in trial 2" in line for line in lines)
    many = search(*(trial(number, number / 100, float(number)) for number in range(20)))
    assert "and 12 more, marked with ◆ by tui-tuner status" in [line.strip() for line in closing_summary(many)]
    assert not any(line.startswith("front") for line in closing_summary(search(trial(0, 0.9), others=())))


def test_what_does_not_compete_is_not_on_it() -> None:
    view = search(
        trial(0, 0.5, 50.0),
        trial(1, 0.9, 10.0, status=TrialState.STOPPED),
        trial(2, 0.9, 10.0, violation=0.1),
        trial(3, math.nan, 10.0),
        trial(4, 0.9, math.nan),
        trial(5, 0.9),
        trial(6, 0.9, status=TrialState.RUNNING),
    )
    assert front(view) == ["0"]


def test_one_objective_has_no_front() -> None:
    assert pareto_front(search(trial(0, 0.5), others=())) == []


numbers = st.sampled_from([0.0, 0.25, 0.5, 1.0])


@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=20))
def test_it_is_what_the_definition_says(values: list[tuple[float, float, float]]) -> None:
    view = search(
        *(trial(number, *each) for number, each in enumerate(values)),
        others=(Objective("size", "min"), Objective("recall", "max")),
    )
    costs = [(-score, size, -recall) for score, size, recall in values]
    wanted = {
        str(number)
        for number, own in enumerate(costs)
        if not any(other != own and all(a <= b for a, b in zip(other, own, strict=True)) for other in costs)
    }
    assert set(front(view)) == wanted


def test_its_trials_can_be_filtered_and_sorted_by_the_other_objectives() -> None:
    view = search(
        trial(0, 0.9, 50.0), trial(1, 0.8, 40.0), trial(2, 0.7, 60.0), trial(3, 0.7, status=TrialState.RUNNING)
    )
    fields = fields_of(view)
    assert [fields["pareto"].of(each) for each in view.trials.values()] == [True, True, False, False]
    assert [fields["size"].of(each) for each in view.trials.values()] == [50.0, 40.0, 60.0, None]
    assert "pareto" not in fields_of(search(trial(0, 0.5), others=()))


def test_status_shows_it() -> None:
    view = search(trial(0, 0.9, 50.0), trial(1, 0.8, 40.0), trial(2, 0.7, 60.0))
    out = io.StringIO()
    print_status(view, Console(file=out, width=100), 10)
    text = out.getvalue()
    assert "bayesian search, max of accuracy and min of size" in text
    assert "Pareto front (◆): 2 trials: 0, 1" in text
    assert "◆ 0" in text
    assert "60.00" in text
    told = json.loads(status_json(view))
    assert told["pareto_front"] == ["0", "1"]
    assert told["other_objectives"] == [{"name": "size", "direction": "min"}]
    assert told["trials"][2]["other_scores"] == [60.0]
    assert heading(view)[0] == "s: bayesian search for the max of accuracy and the min of size, no limit of trials"


def test_a_config_with_two_objectives_searches_for_a_front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With real trainings of one epoch on a few rows, in this process."""
    (tmp_path / "search.yaml").write_text(
        "model: dense\n"
        "data: {sklearn: iris}\n"
        "fit: {epochs: 1, batch_size: 128}\n"
        "search: {objective: [val_loss, parameters], max_trials: 3, num_initial_points: 2, seed: 1}\n"
        "run: {executor: inline}\n"
    )
    monkeypatch.chdir(tmp_path)
    loop = open_search(load_config("search.yaml"))
    loop.run()
    reader = SearchReader(loop.spec.directory.root)
    view = reader.poll()
    assert view.state.value == "completed", view.detail
    sizes = {trial_id: reader.model_summary(trial_id) for trial_id in view.trials}
    for trial_id, each in view.trials.items():
        summary = sizes[trial_id]
        assert summary is not None
        assert each.other_scores == (summary.parameters,)
    found = front(view)
    smallest = min(view.trials.values(), key=lambda each: (each.other_scores, each.score))
    assert {view.best_trial_id, smallest.trial_id} <= set(found)
    table = frames_of(reader).trials
    assert table["trial_id"][table["on_pareto_front"]].tolist() == sorted(found)
    assert list(view.trials.values())[2].reason in ("exploit", "explore")
    reader.close()
