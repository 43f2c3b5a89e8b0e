"""Keeps the linear algebra of small matrices on one core."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let BLAS use one thread in the body.

    For matrices of a few hundred rows, more threads are five times slower as soon as training keeps the cores busy,
    and they round differently on machines with other numbers of cores.
    """
    with _controller().limit(limits=1, user_api="blas"):
        yield


@cache
def _controller() -> Any:
    # It sees the libraries that are loaded now, and scipy brings its own.
    import scipy.linalg  # noqa: F401
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController()
