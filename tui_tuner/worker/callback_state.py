"""What a training changes in its callbacks: the waiting of early stopping, the best value of a checkpoint, and so on.

No callback has to know of it. What is plain (`plain_state`) among a callback's attributes, and was something else when
the training began, is its state; settings such as paths are not, because they do not change.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from tui_tuner.worker.plain_state import is_plain, is_same
from tui_tuner.worker.progress import CallbackState


class CallbackStates:
    """Follows the state of an execution's callbacks.

    Args:
        callbacks: The callbacks, just after their `on_train_begin`.
    """

    def __init__(self, callbacks: Sequence[Any]) -> None:
        self._callbacks = tuple(callbacks)
        self._at_begin = [copy.deepcopy(_plain_attributes(callback)) for callback in self._callbacks]

    def save(self) -> tuple[CallbackState, ...]:
        """What has changed since the training began."""
        return tuple(
            CallbackState(
                type(callback).__name__,
                {
                    name: value
                    for name, value in _plain_attributes(callback).items()
                    if name not in before or not is_same(value, before[name])
                },
            )
            for callback, before in zip(self._callbacks, self._at_begin, strict=True)
        )

    def restore(self, states: Sequence[CallbackState]) -> None:
        """Bring the callbacks to where those of an earlier attempt were; other callbacks than then stay as they are."""
        for callback, state in zip(self._callbacks, states, strict=False):
            if type(callback).__name__ == state.kind:
                vars(callback).update(state.changed)


def _plain_attributes(callback: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(callback).items() if is_plain(value)}
