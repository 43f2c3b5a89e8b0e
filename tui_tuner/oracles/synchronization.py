"""One thread at a time in an oracle, however a call ends."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, TypeVar, cast

Method = TypeVar("Method", bound=Callable[..., Any])

_LOCK = "_synchronized_lock"
_making_a_lock = threading.Lock()


def synchronized(method: Method) -> Method:
    """Let one thread at a time into the synchronized methods of an object.

    The lock belongs to the object and dies with it. Synchronized methods may call one another. An exception releases
    the lock. The lock is made on first use, so that a subclass need not call any `__init__` of ours before.
    """

    @functools.wraps(method)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        with _lock_of(self):
            return method(self, *args, **kwargs)

    return cast("Method", wrapper)


def without_lock(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """An object's attributes as they can be pickled or copied: each copy makes a lock of its own."""
    return {name: value for name, value in attributes.items() if name != _LOCK}


def _lock_of(instance: object) -> AbstractContextManager[bool]:
    lock = instance.__dict__.get(_LOCK)
    if lock is None:
        with _making_a_lock:
            lock = instance.__dict__.setdefault(_LOCK, threading.RLock())
    return cast("AbstractContextManager[bool]", lock)
