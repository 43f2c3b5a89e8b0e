"""Failures that are one cause are found to be one, and a cause that keeps coming back is explained to people."""

from __future__ import annotations

import pytest

from tui_tuner.engine.causes import RecurringCauses, cause_of, explain_streak, group, in_words

SAME = [
    (
        "ValueError: Dimensions must be equal, but are 32 and 64 (model.py:12, in build)\n\nTraceback ...",
        "ValueError: Dimensions must be equal, but are 8 and 128 (model.py:12, in build)",
    ),
    (
        'InvalidArgumentError: layer "dense_3" is incompatible: expected shape=(None, 8), found shape=(32, 4)',
        'InvalidArgumentError: layer "dense_41" is incompatible: expected shape=(None, 16), found shape=(7,)',
    ),
    (
        "out of memory: this configuration needs more than there is (ResourceExhaustedError: OOM when allocating tensor"
        " with shape[2048,4096] and type float on /job:localhost/replica:0/task:0/device:GPU:0)",
        "out of memory: this configuration needs more than there is (ResourceExhaustedError: OOM when allocating tensor"
        " with shape[512,16,16] and type float on /job:localhost/replica:0/task:0/device:GPU:1)",
    ),
    (
        "FileNotFoundError: [Errno 2] No such file or directory: '/tmp/a1/trial_3/part.npz' (load.py:7, in rows)",
        "FileNotFoundError: [Errno 2] No such file or directory: '/data/trial_17/part.npz' (load.py:7, in rows)",
    ),
    (
        "worker-0 was killed by signal 9 (SIGKILL); the kernel does this when memory runs out",
        "worker-13 was killed by signal 9 (SIGKILL); the kernel does this when memory runs out",
    ),
    ("TypeError: <Layer object at 0x7f30aa10> has no len", "TypeError: <Layer object at 0xDEADBEEF> has no len"),
    ("ValueError: learning rate 1e-4 and decay -0.5", "ValueError: learning rate 0.25 and decay 12"),
    ("RuntimeError: run 5f0c9a1be2 failed", "RuntimeError: run 77ab12cd9e failed"),
]


@pytest.mark.parametrize(("first", "second"), SAME)
def test_what_differs_from_trial_to_trial_does_not_make_another_cause(first: str, second: str) -> None:
    assert cause_of(first) == cause_of(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ValueError: no such unit (model.py:12, in build)", "ValueError: no such unit (model.py:12, in fit)"),
        ("ValueError: no such unit", "TypeError: no such unit"),
        ("worker-0 was killed by signal 9 (SIGKILL)", "worker-0 was killed by signal 11 (SIGSEGV)"),
        ("ValueError: expected float32", "ValueError: expected float64"),
        ("val_loss is NaN", "loss is NaN"),
        ("", "val_loss is NaN"),
    ],
)
def test_what_makes_a_cause_is_kept(first: str, second: str) -> None:
    assert cause_of(first) != cause_of(second)


def test_a_message_without_end_is_no_trouble() -> None:
    assert len(cause_of("[" + "1, " * 1_000_000)) < 2000
    assert cause_of("/" * 100_000) == cause_of("/" * 100_001)


def test_failures_are_grouped_with_the_most_frequent_first() -> None:
    causes = group(
        [("0", "ValueError: bad 3"), ("2", "val_loss is NaN"), ("5", "ValueError: bad 4\nTraceback"), ("7", "")]
    )
    assert [(cause.example, cause.trial_ids) for cause in causes] == [
        ("ValueError: bad 4", ("0", "5")),
        ("val_loss is NaN", ("2",)),
        ("", ("7",)),
    ]


def test_a_streak_of_one_cause_is_explained_with_what_to_do() -> None:
    said = explain_streak(
        [("04", "ValueError: bad 3"), ("05", "ValueError: bad 4"), ("06", "ValueError: bad 5\nTrace")]
    )
    assert said == (
        "3 trials in a row have failed, all of one cause (trials 04, 05 and 06), and the search ends rather than try "
        "more: ValueError: bad 5. Mend the cause and resume the search; how many failures in a row it bears is "
        "max_consecutive_failed_trials (3)."
    )


def test_a_streak_of_several_causes_names_each_with_its_trials() -> None:
    said = explain_streak([("1", "ValueError: bad 3"), ("2", "val_loss is NaN"), ("3", "ValueError: bad 4")])
    assert "trials 1 and 3: ValueError: bad 4; trial 2: val_loss is NaN." in said
    assert "all of one cause" not in said


def test_a_streak_of_one_is_told_in_the_singular() -> None:
    said = explain_streak([("1", "ValueError: bad")])
    assert said.startswith("a trial has failed (trial 1), and the search ends: ValueError: bad. ")


def test_a_cause_that_keeps_coming_back_is_told_at_three_and_each_time_it_has_doubled() -> None:
    recurring = RecurringCauses([("0", "ValueError: bad 1")])
    told = {number: recurring.add(str(number), f"ValueError: bad {number}") for number in range(1, 30)}
    assert recurring.add("40", "val_loss is NaN") is None
    assert sorted(number for number, said in told.items() if said) == [2, 5, 11, 23]
    assert told[2] == "3 trials have failed of one cause (trials 0, 1 and 2): ValueError: bad 2"


def test_a_trial_counts_once() -> None:
    recurring = RecurringCauses()
    assert [recurring.add("0", "ValueError: bad") for _ in range(5)] == [None] * 5


def test_many_trials_are_not_all_listed() -> None:
    assert in_words(["1"]) == "trial 1"
    assert in_words(list("12345")) == "trials 1, 2, 3, 4 and 5"
    assert in_words(list("123456789")) == "trials 1, 2, 3, 4 and 5 more"
