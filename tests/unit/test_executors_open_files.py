"""The limit of open files rises with the number of workers, and never falls."""

from __future__ import annotations

import resource

import pytest

from tui_tuner.executors.open_files import allow_open_files

UNLIMITED = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("before", "workers", "after"),
    [
        ((256, 4096), 1, (258, 4096)),
        ((1024, 20000), 1000, (2256, 20000)),
        ((1024, UNLIMITED), 1000, (2256, UNLIMITED)),
        ((1024, 2000), 1000, (2000, 2000)),
        ((1024, 20000), 100, None),
        ((UNLIMITED, UNLIMITED), 1000, None),
    ],
)
def test_as_many_files_as_the_workers_need_and_the_system_allows(
    monkeypatch: pytest.MonkeyPatch, before: tuple[int, int], workers: int, after: tuple[int, int] | None
) -> None:
    limits: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: before)
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: limits.append(wanted))
    allow_open_files(workers)
    assert limits == ([] if after is None else [after])


def test_a_system_that_refuses_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, UNLIMITED))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    allow_open_files(1000)
