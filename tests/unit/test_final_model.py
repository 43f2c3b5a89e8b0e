"""The final model of a search: which configuration, how long, which seeds; the folder as a whole; the card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.fake_source import SUMMARY, VAL_ACCURACY, make_trial, make_view

from tui_tuner.engine import events
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import OPTUNA_STUDY, TrialState
from tui_tuner.errors import TunerError
from tui_tuner.final import retraining
from tui_tuner.final.evaluation import evaluate, model_of
from tui_tuner.final.facts import Facts
from tui_tuner.final.model_card import model_card
from tui_tuner.final.retraining import retrain
from tui_tuner.headless.retrain import retrain_command
from tui_tuner.worker.final_jobs import MODEL, WEIGHTS, FinalModel, FinalRun, Progress, RetrainJob
from tui_tuner.worker.jobs import DataSummary
from tui_tuner.worker.reports import EpochEnded

DATA = DataSummary(569, 143, "(14,)", ("left out the columns alive, deck",))
SPACE = {"space": [{"class_name": "Int", "config": {"name": "units", "min_value": 0, "max_value": 8, "step": 1}}]}
VERSIONS = {"python": "3.11", "keras": "3.15"}


def made(*runs: FinalRun, notes: tuple[str, ...] = (), file: str = MODEL) -> FinalModel:
    return FinalModel(runs, SUMMARY, DATA, 569, notes, VERSIONS, file)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A search of a config with a best trial, 1, and a failed one, 2."""
    store = Store(SearchDirectory(tmp_path).database)
    with store.transaction():
        store.set_meta(
            name="s",
            objective={"name": "val_accuracy", "direction": "max"},
            config={"model": "dense", "search": {"seed": 40}, "run": {"gpus": []}},
            space=SPACE,
            best_trial_id="1",
        )
        for number in (0, 1):
            store.event(events.TrialCreated(), str(number))
            store.trial(
                TrialRow(str(number), number, TrialState.COMPLETED, {"units": number}, 0.7 + number / 10, 4 + number)
            )
        store.event(events.TrialCreated(), "2")
        store.trial(TrialRow("2", 2, TrialState.FAILED, {"units": 2}))
    store.close()
    return tmp_path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[RetrainJob]:
    """What the training process was asked for; it answers at once."""
    jobs: list[RetrainJob] = []

    def run_aside(job: RetrainJob, log: Path, *, tell: Callable[[Progress], None], **_: Any) -> FinalModel:
        jobs.append(job)
        (job.folder / MODEL).write_text("a model")
        tell(Progress(1, 1, job.seeds[0], 1, 1, {}))
        return made(*(FinalRun(seed, {}, {"accuracy": 0.8}) for seed in job.seeds))

    monkeypatch.setattr(retraining, "run_aside", run_aside)
    return jobs


def test_the_best_trial_is_trained_as_long_as_it_took_to_its_best_epoch(root: Path, asked: list[RetrainJob]) -> None:
    report = retrain(root)
    (job,) = asked
    assert job.hyperparameters == {**SPACE, "values": {"units": 1}}
    assert (job.epochs, job.seeds) == (6, (40,))
    assert (report.trial_id, report.epochs) == ("1", 6)
    assert report.model.read_text() == "a model"
    assert "# s" in report.card.read_text()
    assert report.script is None  # the process has written none


def test_a_trial_that_reported_no_epochs_is_trained_as_long_as_it_was_in_the_search(
    root: Path, asked: list[RetrainJob]
) -> None:
    store = Store(SearchDirectory(root).database)
    with store.transaction():
        store.event(events.TrialCreated(), "1")
        row = TrialRow("1", 1, TrialState.COMPLETED, {"units": 1}, score=0.8, best_epoch=0, planned_epochs=30)
        store.trial(row)
    assert retrain(root).epochs == 30
    with store.transaction():
        store.epoch(EpochEnded("w", "1", 0, 0, 0, {"val_accuracy": 0.8}, 0.0, 0.0))
    store.close()
    assert retrain(root).epochs == 1
    assert [job.epochs for job in asked] == [30, 1]


def test_another_trial_more_seeds_and_another_number_of_epochs(root: Path, asked: list[RetrainJob]) -> None:
    retrain(root, "0", seeds=3, epochs=20)
    (job,) = asked
    assert job.hyperparameters["values"] == {"units": 0}
    assert (job.epochs, job.seeds) == (20, (40, 41, 42))


def test_the_command_prints_the_mean_and_the_deviation_of_several_seeds(
    root: Path, asked: list[RetrainJob], capsys: pytest.CaptureFixture[str]
) -> None:
    retrain_command(root)
    assert "mean" not in capsys.readouterr().out
    retrain_command(root, seeds=2)
    assert "  mean     test data: accuracy 0.8000 ± 0\n" in capsys.readouterr().out


def test_a_final_model_takes_the_place_of_an_earlier_one_as_a_whole(root: Path, asked: list[RetrainJob]) -> None:
    (root / "final").mkdir()
    (root / "final" / "train.py").write_text("of an earlier one")
    retrain(root)
    assert sorted(path.name for path in (root / "final").iterdir()) == ["MODEL_CARD.md", MODEL]


def test_a_search_is_retrained_by_one_at_a_time(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run_aside(job: RetrainJob, log: Path, **_: Any) -> FinalModel:
        (job.folder / MODEL).write_text("the first one's")
        with pytest.raises(TunerError, match="retrained already"):
            retrain(root)
        return made(FinalRun(40, {}, {}))

    monkeypatch.setattr(retraining, "run_aside", run_aside)
    assert retrain(root).model.read_text() == "the first one's"


def test_what_a_killed_retraining_left_is_removed(root: Path, asked: list[RetrainJob]) -> None:
    (root / ".final.new" / "logs").mkdir(parents=True)
    (root / ".final.new" / "train.py").write_text("half of it")
    retrain(root)
    assert sorted(path.name for path in (root / "final").iterdir()) == ["MODEL_CARD.md", MODEL]


def test_a_training_that_fails_leaves_the_earlier_model(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "final").mkdir()
    (root / "final" / MODEL).write_text("the earlier one")

    def run_aside(job: RetrainJob, *_: Any, **__: Any) -> FinalModel:
        raise TunerError("it broke")

    monkeypatch.setattr(retraining, "run_aside", run_aside)
    with pytest.raises(TunerError, match="it broke"):
        retrain(root)
    assert (root / "final" / MODEL).read_text() == "the earlier one"
    assert not [path for path in root.iterdir() if path.name.startswith(".final")]


def test_a_directory_that_cannot_be_written_is_told(root: Path, asked: list[RetrainJob]) -> None:
    (root / ".final.new").touch()  # in the way, as a disk that is read-only would be
    with pytest.raises(TunerError, match=r"cannot be written \(File exists\)"):
        retrain(root)
    assert not asked


def test_what_cannot_be_trained_is_refused(root: Path, asked: list[RetrainJob], tmp_path: Path) -> None:
    with pytest.raises(TunerError, match="there is no trial 9"):
        retrain(root, "9")
    with pytest.raises(TunerError, match="no best epoch") as refused:
        retrain(root, "2")
    assert refused.value.hint == "Say how long: --epochs N"
    with pytest.raises(TunerError, match="at least one epoch and one seed"):
        retrain(root, seeds=0)
    assert not asked


def test_only_the_script_of_a_scripts_search_has_its_model(tmp_path: Path) -> None:
    store = Store(SearchDirectory(tmp_path).database)
    with store.transaction():
        store.set_meta(name="s", config=None)
        store.event(events.TrialCreated(), "0")
        store.trial(TrialRow("0", 0, TrialState.COMPLETED, {}, 0.5, 0))
    store.close()
    for ask in (lambda: retrain(tmp_path, "0"), lambda: evaluate(tmp_path, "rows.csv")):
        with pytest.raises(TunerError, match="begun by a script"):
            ask()


def test_a_study_of_optunas_has_its_model_in_its_own_script(tmp_path: Path) -> None:
    store = Store(SearchDirectory(tmp_path).database)
    with store.transaction():
        store.set_meta(name="s", tuner=OPTUNA_STUDY)
    store.close()
    with pytest.raises(TunerError, match="a study of Optuna's"):
        retrain(tmp_path, "0")


def test_a_folder_is_no_file_to_evaluate_on(root: Path, tmp_path: Path) -> None:
    (root / "best").mkdir()
    (root / "best" / MODEL).touch()
    with pytest.raises(TunerError, match="this is a directory"):
        evaluate(root, tmp_path)


def test_the_retrained_model_is_evaluated_before_the_searchs_own(root: Path) -> None:
    with pytest.raises(TunerError, match="there is no model yet"):
        model_of(root)
    for folder in ("best", "final"):
        (root / folder).mkdir()
        (root / folder / MODEL).touch()
        assert model_of(root).parent.name == folder


def test_the_weights_of_a_retrained_model_go_before_the_searchs_own_whole_one(root: Path) -> None:
    for file in (Path("best") / MODEL, Path("final") / WEIGHTS):
        (root / file).parent.mkdir()
        (root / file).touch()
        assert model_of(root) == root / file


def card(*runs: FinalRun, **changes: Any) -> str:
    trial = make_trial(3, score=0.81)
    view = replace(make_view([trial], name="ti*ta*nic"), data=DATA)
    facts = Facts({"model": "m.py:build", "search": {"seed": 7}, "fit": {"batch_size": 32}}, [])
    return model_card(view, trial, 6, facts, made(*runs, **changes))


def test_the_card_has_the_data_the_space_the_budget_the_scores_the_versions_and_the_seed() -> None:
    text = card(FinalRun(7, {}, {"accuracy": 0.8}))
    for part in (
        "# ti\\*ta\\*nic",
        "val\\_accuracy 0.8100",
        "| 7 | 0.8000 |",
        "| units | 32 | 8 … 64, step 8 |",
        "6 epochs, with the seed 7",
        "569 rows: the training and the validation rows",
        "143 held-out test rows",
        "left out the columns alive, deck",
        "1 of 30 trials",
        "`m.py:build`",
        "1,298 parameters",
        "| keras | 3.15 |",
        "`python train.py` trains it again",
    ):
        assert part in text, text


def test_several_seeds_have_a_mean_and_a_deviation() -> None:
    text = card(FinalRun(7, {}, {"accuracy": 0.8}), FinalRun(8, {}, {"accuracy": 0.7}))
    assert "| mean ± deviation | 0.7500 ± 0.071 |" in text
    assert "is the one with the seed 7" in text


def test_a_card_of_weights_says_how_the_model_is_made_with_them() -> None:
    text = card(FinalRun(7, {}, {}), file=WEIGHTS)
    assert f'`model.load_weights("{WEIGHTS}")`' in text
    assert "Build it with `m.py:build`" in text
    assert "load_model" not in text


def test_a_card_without_test_rows_or_script_says_so() -> None:
    text = card(FinalRun(7, {}, {}), notes=("There is no train.py: the data is not made of arrays.",))
    assert "nothing says how good the final model is" in text
    assert "`python train.py` trains it again" not in text
    assert VAL_ACCURACY.name.replace("_", "\\_") in text


def test_a_demo_has_no_model(tmp_path: Path) -> None:
    store = Store(SearchDirectory(tmp_path).database)
    with store.transaction():
        store.set_meta(name="demo", config={"demo": {"trials": 3}})
    store.close()
    with pytest.raises(TunerError, match="is a demo"):
        evaluate(tmp_path, "rows.csv")
