"""What a process that is forked from this one (data loaders do that) must not hold on."""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

Holder = TypeVar("Holder")

_HOLDERS: weakref.WeakKeyDictionary[Any, Callable[[Any], object]] = weakref.WeakKeyDictionary()


def let_go_in_forks(holder: Holder, let_go: Callable[[Holder], object]) -> None:
    """Have a forked process let go of what belongs to this one.

    Args:
        holder: As long as it lives; it is not kept alive.
        let_go: Called with it, in the forked process alone.
    """
    _HOLDERS[holder] = let_go


def _let_go() -> None:
    for holder, let_go in tuple(_HOLDERS.items()):
        with contextlib.suppress(OSError):
            let_go(holder)


os.register_at_fork(after_in_child=_let_go)
