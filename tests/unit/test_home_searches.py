"""What the list of searches is made of: finding, reading in short, remembering, deleting, and what can be started."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from support.small_searches import make_search

from tui_tuner.engine.brief import BriefReader, SearchBrief
from tui_tuner.engine.deletion import delete_search
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.finding import find_searches
from tui_tuner.engine.lock import EngineLock
from tui_tuner.engine.store import Store
from tui_tuner.engine.view import SearchState, TrialState
from tui_tuner.errors import DirectoryInUseError, TunerError
from tui_tuner.headless.offers import OfferKind, offers
from tui_tuner.system import recent
from tui_tuner.system.person_file import KEPT


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


# Finding


def test_searches_are_found_below_a_folder_and_not_inside_one_another(tmp_path: Path) -> None:
    near = make_search(tmp_path / "here" / "near")
    far = make_search(tmp_path / "here" / "a" / "b" / "far")
    make_search(near / "tb_logs" / "inside")
    make_search(tmp_path / "here" / ".hidden" / "search")
    make_search(tmp_path / "here" / "node_modules" / "search")
    make_search(tmp_path / "here" / "1" / "2" / "3" / "4" / "5" / "6" / "too_deep")
    assert find_searches(tmp_path / "here") == [near, far]


def test_a_link_that_leads_back_is_not_followed(tmp_path: Path) -> None:
    search = make_search(tmp_path / "here" / "search")
    (tmp_path / "here" / "again").symlink_to(tmp_path / "here")
    assert find_searches(tmp_path / "here") == [search]


def test_looking_ends_when_nobody_wants_to_know(tmp_path: Path) -> None:
    make_search(tmp_path / "search")
    assert find_searches(tmp_path, cancelled=lambda: True) == []


def test_a_folder_that_is_not_there_has_no_searches(tmp_path: Path) -> None:
    assert find_searches(tmp_path / "gone") == []


# In short


def test_a_search_in_short(tmp_path: Path) -> None:
    root = make_search(tmp_path / "search", (0.5, None, 0.4, 0.7, 0.6), values={"units": 16})
    brief = BriefReader().read(root)
    assert brief is not None
    assert (brief.name, brief.state, brief.tuner) == ("search", SearchState.COMPLETED, "random")
    assert brief.counts == {TrialState.COMPLETED: 4, TrialState.FAILED: 1}
    assert (brief.trials, brief.ended, brief.max_trials) == (5, 5, 10)
    assert (brief.best_score, brief.best_trial_id, brief.best_values) == (0.7, "03", {"units": 16})
    assert brief.course == (0.5, 0.5, 0.7, 0.7)
    assert brief.changed is not None


def test_the_run_that_goes_on_or_was_cut_off_counts_too(tmp_path: Path) -> None:
    root = make_search(tmp_path / "search", (0.5,))
    changed = (BriefReader().read(root) or SearchBrief(root)).changed
    assert changed is not None
    store = Store(root / "search.db")
    with store.transaction():
        store.set_meta(state="running", active_s=10.0, run_started=changed - 30.0)
    store.close()
    brief = BriefReader().read(root)
    assert brief is not None
    assert brief.state is SearchState.INTERRUPTED  # nobody holds the lock
    assert brief.active_s == pytest.approx(40.0)


def test_scores_that_are_no_numbers_are_left_out_of_the_course(tmp_path: Path) -> None:
    brief = BriefReader().read(make_search(tmp_path / "search", (math.nan, 0.5, math.inf)))
    assert brief is not None
    assert brief.course == (0.5,)


def test_a_trial_that_violates_a_constraint_is_left_out_of_the_course(tmp_path: Path) -> None:
    brief = BriefReader().read(make_search(tmp_path / "search", (0.9, 0.5, 0.6), violating=frozenset({0})))
    assert brief is not None
    assert brief.course == (0.5, 0.6)
    assert brief.best_score == 0.6


def test_a_search_without_trials(tmp_path: Path) -> None:
    brief = BriefReader().read(make_search(tmp_path / "search", ()))
    assert brief is not None
    assert (brief.trials, brief.best_score, brief.course) == (0, None, ())


def test_a_running_search_whose_engine_is_gone_is_interrupted(tmp_path: Path) -> None:
    root = make_search(tmp_path / "search", state=SearchState.RUNNING)
    reader = BriefReader()
    lock = EngineLock(SearchDirectory(root).lock)
    lock.acquire()
    running = reader.read(root)
    lock.release()
    interrupted = reader.read(root)
    assert running is not None
    assert interrupted is not None
    assert (running.state, interrupted.state) == (SearchState.RUNNING, SearchState.INTERRUPTED)


def test_it_is_read_again_only_when_it_has_changed(tmp_path: Path) -> None:
    root = make_search(tmp_path / "search")
    reader = BriefReader()
    first = reader.read(root)
    assert reader.read(root) is first
    database = SearchDirectory(root).database
    other = make_search(tmp_path / "other", (0.9,))
    SearchDirectory(other).database.replace(database)
    changed = reader.read(root)
    assert changed is not None
    assert changed.best_score == 0.9


def test_what_is_no_search_says_why(tmp_path: Path) -> None:
    (tmp_path / "search.db").write_text("hello")
    brief = BriefReader().read(tmp_path)
    assert brief is not None
    assert "cannot be opened as a search" in brief.problem
    assert BriefReader().read(tmp_path / "gone") is None


# Remembering


def test_the_search_that_was_opened_last_comes_first(tmp_path: Path) -> None:
    for name in ("one", "two", "one"):
        recent.remember(tmp_path / name)
    found = recent.remembered()
    assert sorted(found) == [tmp_path / "one", tmp_path / "two"]
    recent.forget(tmp_path / "one")
    assert recent.remembered() == [tmp_path / "two"]
    recent.forget(tmp_path / "one")


def test_what_somebody_broke_is_passed_over(state: Path, tmp_path: Path) -> None:
    recent.remember(tmp_path / "one")
    folder = state / "tui-tuner" / "searches"
    (folder / "broken.json").write_text("{")
    (folder / "list.json").write_text("[1]")
    (folder / "number.json").write_text('{"directory": 3}')
    assert recent.remembered() == [tmp_path / "one"]


def test_not_more_are_remembered_than_anybody_wants(state: Path, tmp_path: Path) -> None:
    folder = state / "tui-tuner" / "searches"
    folder.mkdir(parents=True)
    for number in range(KEPT):
        (folder / f"{number}.json").write_text("{}")
    recent.remember(tmp_path / "new")
    assert len(list(folder.iterdir())) == KEPT
    assert recent.remembered() == [tmp_path / "new"]


def test_where_nothing_can_be_written_nothing_is_remembered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/proc/nowhere")
    recent.remember(tmp_path)
    assert recent.remembered() == []


# Deleting


def test_a_search_is_deleted_with_its_directory(tmp_path: Path) -> None:
    root = make_search(tmp_path / "search")
    (root / "trial_00").mkdir()
    (root / "trial_00" / "log.txt").touch()
    (root / "best").mkdir()
    (root / "final").mkdir()
    (root / "oracle.json").touch()
    assert delete_search(SearchDirectory(root)) == ()
    assert not root.exists()


def test_what_no_search_made_is_left(tmp_path: Path) -> None:
    root = make_search(tmp_path / "search")
    (root / "thesis.tex").write_text("much work")
    (root / "trial_00").symlink_to(tmp_path)
    assert delete_search(SearchDirectory(root)) == ("thesis.tex",)
    assert [path.name for path in root.iterdir()] == ["thesis.tex"]
    assert tmp_path.is_dir()


def test_a_running_search_is_not_deleted(tmp_path: Path) -> None:
    root = make_search(tmp_path / "search", state=SearchState.RUNNING)
    lock = EngineLock(SearchDirectory(root).lock)
    lock.acquire()
    with pytest.raises(DirectoryInUseError):
        delete_search(SearchDirectory(root))
    lock.release()
    assert SearchDirectory(root).exists()


def test_what_is_no_search_is_not_deleted(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(TunerError, match="no search here"):
        delete_search(SearchDirectory(tmp_path / "mine"))
    assert (tmp_path / "mine").is_dir()


# What can be started


def test_the_demo_the_configs_here_and_the_samples_can_be_started(tmp_path: Path) -> None:
    config = (
        "# yaml-language-server: $schema=x\n#\n# Mine, and\n# nobody's else.\n#\n# More.\nmodel: dense\nsearch: {}\n"
    )
    (tmp_path / "mine.yaml").write_text(config)
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "deeper.yml").write_text("model: dense\nsearch: {}\n")
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    found = offers(tmp_path)
    assert found[0].kind is OfferKind.DEMO
    here = [(offer.name, offer.about) for offer in found if offer.kind is OfferKind.HERE]
    assert here == [("mine.yaml", "Mine, and nobody's else."), ("configs/deeper.yml", "")]
    assert "titanic.yaml" in [offer.name for offer in found if offer.kind is OfferKind.SAMPLE]
