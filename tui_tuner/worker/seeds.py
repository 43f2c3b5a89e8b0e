"""The seed of one execution."""

from __future__ import annotations


def execution_seed(seed: int, number: int, execution: int) -> int:
    """`(seed + 10007 * number + execution) mod 2**32`.

    It seeds Python, NumPy and the backend with `keras.utils.set_random_seed` before the model is built, so that
    anybody can train the same model outside of the search. It is the same each time a trial is run again, so that an
    interrupted search ends as it would have ended.

    Args:
        seed: The search's seed.
        number: The trial's position in the order of creation, from 0.
        execution: Which of the trial's executions, from 0.
    """
    return (seed + 10007 * number + execution) % 2**32
