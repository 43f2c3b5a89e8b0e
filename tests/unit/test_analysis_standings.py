"""The order of the leaderboard from snapshot to snapshot is that of sorting all trials anew."""

from __future__ import annotations

import math
import random
from dataclasses import replace

from support.fake_source import make_trial, make_view

from tui_tuner.analysis.ranking import has_rank, ranked
from tui_tuner.analysis.standings import Standings
from tui_tuner.engine.view import TrialState, TrialView

STATES = (
    TrialState.RUNNING,
    *[TrialState.COMPLETED] * 3,
    TrialState.STOPPED,
    TrialState.FAILED,
    TrialState.INTERRUPTED,
)


def some_trial(number: int, randomly: random.Random) -> TrialView:
    score = randomly.choice([None, math.nan, math.inf, 0.5, randomly.random(), randomly.random()])
    return make_trial(number, randomly.choice(STATES), score=score)


def check(standings: Standings) -> None:
    expected = ranked(standings.view)
    assert standings.trials == expected
    assert standings.trial_ids == [trial.trial_id for trial in expected]
    assert standings.competing_ids == [trial.trial_id for trial in expected if has_rank(trial)]


def test_what_has_changed_is_put_in_its_new_place() -> None:
    randomly = random.Random(7)
    trials = [some_trial(number, randomly) for number in range(60)]
    standings = Standings(make_view(trials))
    check(standings)
    for _ in range(60):
        for _ in range(randomly.randrange(4)):
            place = randomly.randrange(len(trials))
            trials[place] = some_trial(place, randomly)
        trials += [some_trial(len(trials) + more, randomly) for more in range(randomly.randrange(3))]
        standings = Standings(make_view(trials), standings)
        assert standings.follows
        check(standings)


def test_the_news_are_what_is_not_as_before() -> None:
    trials = [make_trial(number, score=0.1 * number) for number in range(5)]
    first = Standings(make_view(trials))
    assert len(first.news) == 5
    assert not first.follows
    trials[2] = replace(trials[2], message="again")
    second = Standings(make_view([*trials, make_trial(5)]), first)
    assert [trial.number for trial in second.news] == [2, 5]


def test_another_search_is_sorted_anew() -> None:
    first = Standings(make_view([make_trial(number, score=0.1) for number in range(5)]))
    fewer = Standings(make_view([make_trial(number, score=0.1) for number in range(3)]), first)
    assert not fewer.follows
    check(fewer)
    others = Standings(make_view([make_trial(number, score=0.2) for number in (9, 8, 7, 6, 5, 4)]), first)
    assert not others.follows
    check(others)
