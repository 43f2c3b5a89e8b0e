"""`tui-tuner next`: the config that follows from a search."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from support.fake_source import make_trial, make_view
from typer.testing import CliRunner

from tui_tuner import cli
from tui_tuner.commands.next_config import comments, next_config, next_name
from tui_tuner.configs.load import load_config
from tui_tuner.configs.schema import Config
from tui_tuner.engine import events
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import HyperParameterView, LimitView, Scalar, SearchState, SearchView, TrialState
from tui_tuner.errors import TunerError

TITANIC = Path(__file__).parents[2] / "sample_configs" / "titanic.yaml"
UNITS = HyperParameterView("units", "Int", min_value=8, max_value=64, step=8, sampling="linear")
RATE = HyperParameterView("learning_rate", "Choice", values=(1e-2, 1e-3, 1e-4), ordered=True)


def finished(units: list[int], rates: list[float], best_epoch: int) -> SearchView:
    """A search whose trials ended in this order of quality."""
    trials = [
        replace(
            make_trial(number, score=0.9 - number / 100, values={"units": unit, "learning_rate": rate}),
            best_epoch=best_epoch - 1,
        )
        for number, (unit, rate) in enumerate(zip(units, rates, strict=True))
    ]
    return make_view(trials, space=(UNITS, RATE), state=SearchState.COMPLETED)


@pytest.fixture
def view() -> SearchView:
    units = [32, 40, 32, 40, 32] + [8, 16, 24, 48, 56, 64] * 3
    return finished(units, [1e-2] * 5 + [1e-3] * 9 + [1e-4] * 9, best_epoch=10)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load_config(TITANIC, [f"search.directory={tmp_path}", "search.overwrite=true"])


def test_the_next_config_is_one_and_has_what_was_learnt(view: SearchView, config: Config, tmp_path: Path) -> None:
    file = tmp_path / "next.yaml"
    file.write_text(next_config(view, config))
    following = load_config(file)
    assert (following.name, following.search.project_name) == ("titanic_2", "titanic_2")
    assert following.search.initial_trials == ({"units": 32, "learning_rate": 1e-2},)
    assert following.search.limits == {"units": (32, 40)}  # learning_rate is at an end: it wants to be wider
    assert following.fit.epochs == 20  # the best were best at their last epoch
    assert following.search.seed == 43
    assert not following.search.overwrite
    last = config.model_copy(update={"search": config.search.model_copy(update={"seed": 2**32 - 1})})
    assert yaml.safe_load(next_config(view, last))["search"]["seed"] == 0
    assert following.model == config.model
    assert following.data == config.data.model_copy(update={"seed": 42})
    assert following.fit.batch_size == config.fit.batch_size


def test_trainings_of_the_same_length_are_learnt_from(config: Config, tmp_path: Path) -> None:
    same = replace(finished([32] * 9, [1e-3] * 9, best_epoch=7), root=tmp_path / "titanic")
    file = tmp_path / "next.yaml"
    file.write_text(next_config(same, config))
    following = load_config(file)
    assert following.search.warm_start == (tmp_path / "titanic",)
    assert following.search.initial_trials == ()  # a warm start tries the best itself
    random = config.model_copy(update={"search": config.search.model_copy(update={"tuner": "random"})})
    assert "warm_start" not in next_config(same, random)


def test_what_only_the_code_can_do_is_told_in_words(view: SearchView) -> None:
    text = "\n".join(comments(view))
    assert "# edge: the best learning_rate lies at the upper end, 0.01 (5 of the best 5): widen it to 0.1" in text
    assert "To do in build_model: learning_rate is searched in 0.01, 0.001, 1e-4; make its upper end 0.1." in text
    assert "fit.epochs: 20" in text


def test_limits_of_a_person_stay_and_where_the_best_lie_at_one_it_is_lifted(view: SearchView, config: Config) -> None:
    rates = LimitView(values=(1e-2, 1e-3, 1e-4))
    kept = yaml.safe_load(next_config(replace(view, limits={"learning_rate": rates}), config))
    assert kept["search"]["limits"]["learning_rate"] == [1e-2, 1e-3, 1e-4]
    few = finished([32] * 6 + [8, 16, 24] * 3, [1e-3] * 15, best_epoch=5)
    at_end = replace(few, limits={"units": LimitView(max_value=32)})
    assert "limits" not in yaml.safe_load(next_config(at_end, config))["search"]


def test_a_name_with_two_definitions_is_not_narrowed_because_nothing_might_be_left_of_one(config: Config) -> None:
    kind = HyperParameterView("kind", "Choice", values=("small", "large"))
    small = HyperParameterView("way", "Choice", values=("adam", "sgd"), conditions=(("kind", ("small",)),))
    large = HyperParameterView("way", "Choice", values=("lion", "rms"), conditions=(("kind", ("large",)),))
    values: list[dict[str, Scalar]] = [{"kind": "large", "way": way} for way in ["lion", "rms"] * 8]
    values += [{"kind": "small", "way": way} for way in ["adam", *["sgd"] * 8]]
    trials = [make_trial(number, score=0.9 - number / 100, values=each) for number, each in enumerate(values)]
    view = make_view(trials, space=(kind, small, large), state=SearchState.COMPLETED)
    assert yaml.safe_load(next_config(view, config))["search"]["limits"] == {"kind": ["large"]}


def test_a_limit_of_a_name_with_two_ranges_reaches_to_the_ends_of_both(config: Config) -> None:
    ranges = [replace(UNITS, conditions=(("kind", (low,)),), min_value=low, max_value=8 * low) for low in (128, 8)]
    trials = [make_trial(0, values={"units": 32})]
    view = replace(make_view(trials, space=tuple(ranges)), limits={"units": LimitView(max_value=400)})
    assert yaml.safe_load(next_config(view, config))["search"]["limits"]["units"] == [8, 400]


def test_a_search_without_a_best_teaches_nothing() -> None:
    with pytest.raises(TunerError, match="nothing to learn from"):
        list(comments(make_view()))


def test_names_are_counted_on(tmp_path: Path) -> None:
    assert next_name("titanic", tmp_path) == "titanic_2"
    assert next_name("titanic_2", tmp_path) == "titanic_3"
    (tmp_path / "titanic_2").mkdir()
    assert next_name("titanic", tmp_path) == "titanic_3"


def test_a_demo_has_no_config_and_yet_teaches(tmp_path: Path) -> None:
    store = Store(SearchDirectory(tmp_path).database)
    with store.transaction():
        store.set_meta(name="demo", best_trial_id="0", config={"demo": {"trials": 3, "seed": 1, "pace": 0.1}})
        store.event(events.TrialCreated(), "0")
        store.trial(TrialRow("0", 0, TrialState.COMPLETED, {"units": 8}, 0.9, 3))
    store.close()
    done = CliRunner().invoke(cli.app, ["next", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert done.output.endswith("# A demo: it has no config.\n")
    assert yaml.safe_load(done.output) is None
