"""The rungs of successive halving: which epochs they have, who goes on, and where new configurations begin."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest
from scipy.stats import spearmanr

from tui_tuner.oracles import Trial, TrialStatus
from tui_tuner.oracles.rungs import Ladder, Rungs, rank_correlation
from tui_tuner.oracles.stages import Stage
from tui_tuner.space import HyperParameters

LADDER = Ladder(1, 9, 3)


@pytest.mark.parametrize(
    ("ladder", "epochs"),
    [
        (Ladder(2, 50, 3), (2, 6, 17, 50)),
        (Ladder(1, 9, 3), (1, 3, 9)),
        (Ladder(4, 9, 3), (9,)),
        (Ladder(3, 9, 3), (3, 9)),
        (Ladder(1, 1, 3), (1,)),
        (Ladder(1, 2, 4), (1, 2)),
        (Ladder(1, 3, 2), (1, 2, 3)),
    ],
)
def test_each_rung_has_a_fraction_of_the_epochs_of_the_next(ladder: Ladder, epochs: tuple[int, ...]) -> None:
    assert ladder.epochs == epochs


def test_a_stage_begins_where_that_of_the_rung_below_ended() -> None:
    assert LADDER.stage(0) == Stage(1, 0, 2, 0)
    assert LADDER.stage(2) == Stage(9, 0, 2, 2)
    assert LADDER.stage(2, "7") == Stage(9, 3, 2, 2, "7")
    assert [LADDER.stage(rung).may_be_continued for rung in range(3)] == [True, True, False]


class Book:
    """Trials by hand."""

    def __init__(self) -> None:
        self.trials: dict[str, Trial] = {}

    def add(self, score: float, rung: int = 0, parent: str | None = None, status: str = TrialStatus.COMPLETED) -> str:
        hp = HyperParameters()
        hp.values = LADDER.stage(rung, parent).values()
        trial = Trial(hp, trial_id=str(len(self.trials)), status=TrialStatus(status))
        trial.score = score
        self.trials[trial.trial_id] = trial
        return trial.trial_id

    def add_all(self, scores: Iterable[float]) -> list[str]:
        return [self.add(score) for score in scores]

    @property
    def rungs(self) -> Rungs:
        """Less is better."""
        return Rungs(LADDER, self.trials, lambda trials: min(trials, key=lambda trial: trial.score or 0.0))


@pytest.fixture
def book() -> Book:
    return Book()


def test_one_of_each_three_goes_on_as_soon_as_there_are_three(book: Book) -> None:
    book.add_all([2.0, 1.0])
    assert book.rungs.promotion() is None
    book.add(3.0)
    assert book.rungs.promotion() == LADDER.stage(1, "1")
    book.add(1.0, 1, "1")
    assert book.rungs.promotion() is None
    book.add_all([1.5, 4.0])
    assert book.rungs.promotion() is None  # of five only the best goes on, and has
    book.add(5.0)
    assert book.rungs.promotion() == LADDER.stage(1, "4")


def test_as_many_go_on_as_would_have_at_once_though_earlier_ones_should_not_have(book: Book) -> None:
    first = book.add_all([3.0, 4.0, 5.0])
    book.add(3.0, 1, first[0])
    book.add_all([2.0, 1.0])
    assert book.rungs.promotion() is None
    book.add(6.0)
    assert book.rungs.promotion() == LADDER.stage(1, "5")
    book.add(1.0, 1, "5")
    book.add_all([7.0, 7.0, 7.0])
    assert book.rungs.promotion() == LADDER.stage(1, "4")  # both of the best two of nine, and one more
    book.add(2.0, 1, "4")
    assert book.rungs.promotion() == LADDER.stage(2, "7")


def test_the_highest_rung_goes_first(book: Book) -> None:
    for parent in book.add_all(range(9))[:3]:
        book.add(1.0, 1, parent)
    book.add_all([-1.0, -2.0, -3.0])
    assert book.rungs.promotion() == LADDER.stage(2, "9")


def test_failures_and_stopped_trials_count_and_do_not_go_on(book: Book) -> None:
    book.add(-5.0, status=TrialStatus.STOPPED)
    book.add(math.nan, status=TrialStatus.FAILED)
    assert book.rungs.promotion() is None
    book.add(4.0)
    assert book.rungs.promotion() == LADDER.stage(1, "2")


def test_what_is_running_or_no_part_of_the_plan_does_not_count(book: Book) -> None:
    book.add_all([1.0, 2.0])
    book.add(0.0, status=TrialStatus.RUNNING)
    book.add(0.0, status=TrialStatus.INVALID)
    rerun = book.trials[book.add(0.0)]
    rerun.rerun_of = "0"
    by_hand = book.trials[book.add(0.0)]
    by_hand.hyperparameters.values = {"tuner/epochs": 7}
    assert book.rungs.promotion() is None


class TestToTheTop:
    def test_the_best_of_the_highest_rung_goes_first(self, book: Book) -> None:
        assert book.rungs.to_the_top() == (0, None)
        first, second, *_ = book.add_all([2.0, 1.0, 3.0])
        assert book.rungs.to_the_top() == (2, LADDER.stage(1, second))
        running = book.trials[book.add(1.0, 1, second, TrialStatus.RUNNING)]
        assert book.rungs.to_the_top() == (1, None)
        running.status = TrialStatus.COMPLETED
        assert book.rungs.to_the_top() == (1, LADDER.stage(2, "3"))
        running.status = TrialStatus.FAILED
        assert book.rungs.to_the_top() == (2, LADDER.stage(1, first))

    def test_there_is_nothing_to_do_once_one_is_there_or_will_be(self, book: Book) -> None:
        book.add(1.0)
        book.add(1.0, 2, status=TrialStatus.RUNNING)
        assert book.rungs.to_the_top() == (0, None)
        book.trials["1"].status = TrialStatus.COMPLETED
        assert book.rungs.to_the_top() == (0, None)


class TestLowestRung:
    def promote(self, book: Book, before: list[float], after: list[float], rung: int = 0) -> None:
        for low, high in zip(before, after, strict=True):
            book.add(high, rung + 1, book.add(low, rung))

    def test_it_stays_as_long_as_ranks_say_something(self, book: Book) -> None:
        assert book.rungs.lowest == 0
        self.promote(book, [1, 2, 3, 4, 5, 6, 7], [1, 3, 2, 4, 6, 5, 7])
        assert book.rungs.first_stage() == LADDER.stage(0)

    def test_it_moves_up_where_they_say_nothing(self, book: Book) -> None:
        self.promote(book, [1, 2, 3, 4, 5], [5, 1, 3, 2, 4])
        assert book.rungs.lowest == 0  # five are too few to tell
        self.promote(book, [6, 7], [1, 2])
        assert book.rungs.first_stage() == LADDER.stage(1)

    def test_it_moves_up_to_the_top_if_it_must(self, book: Book) -> None:
        ranks = list(range(8))
        for rung in range(2):
            self.promote(book, [float(rank) for rank in ranks], [float(-rank) for rank in ranks], rung)
        assert book.rungs.first_stage() == LADDER.stage(2)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1.0, 2.0, 3.0, 4.0], [2.0, 1.0, 4.0, 3.0]),
        ([1.0, 1.0, 2.0, 5.0], [7.0, 3.0, 3.0, 3.0]),
        ([3, 1, 2], [1, 2, 3]),
    ],
)
def test_rank_correlation_is_spearmans(one: list[float], other: list[float]) -> None:
    assert rank_correlation(one, other) == pytest.approx(spearmanr(one, other).statistic)


def test_equal_values_tell_nothing_against_a_rung() -> None:
    assert rank_correlation([1.0, 1.0], [1.0, 2.0]) == 1.0
