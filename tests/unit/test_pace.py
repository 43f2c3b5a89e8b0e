"""The screen is brought up to date twice a second, and less often where the terminal is slow."""

from __future__ import annotations

import os
import pty
import threading
import time
from dataclasses import dataclass

from tui_tuner.tui.driver import TerminalOutput
from tui_tuner.tui.pace import EVERY_S, SLOWEST_S, Pace


@dataclass
class Link:
    """A terminal that takes so long for a frame."""

    frame_s: float = 0.0
    waited_s: float = 0.0
    free_at: float = 0.0
    now: float = 0.0

    @property
    def is_stuck(self) -> bool:
        return self.now < self.free_at


def frames(pace: Pace, link: Link, seconds: float) -> int:
    """How often it is drawn, asked every half second."""
    count = 0
    for _ in range(int(seconds / EVERY_S)):
        link.now += EVERY_S
        if pace.is_due(link.now, link):
            count += 1
            link.free_at = link.now + link.frame_s
            link.waited_s += link.frame_s
    return count


def test_a_fast_terminal_is_drawn_twice_a_second() -> None:
    assert frames(Pace(), Link(0.01), 60) == 120
    pace = Pace()
    assert [pace.is_due(now, None) for now in (10.0, 10.1, 10.49, 10.5, 10.9, 11.0)] == [
        *(True, False, True, False, False, True)
    ]


def test_a_slow_terminal_gets_fewer_frames_and_never_one_more_while_it_takes_one() -> None:
    assert 20 <= frames(Pace(), Link(0.4), 60) <= 80
    pace = Pace()
    link = Link(3.0)
    assert 8 <= frames(pace, link, 60) <= 14
    assert EVERY_S < pace.every_s <= SLOWEST_S


def test_a_terminal_that_is_fast_again_is_drawn_as_before() -> None:
    pace, link = Pace(), Link(3.0)
    frames(pace, link, 60)
    link.frame_s = 0.0
    frames(pace, link, 30)
    assert pace.every_s == EVERY_S
    assert frames(pace, link, 10) == 20


def test_a_stuck_terminal_gets_nothing() -> None:
    pace, link = Pace(), Link()
    link.free_at = 1e9
    assert frames(pace, link, 60) == 0


def test_the_output_says_how_long_it_had_to_wait() -> None:
    primary, secondary = pty.openpty()
    try:
        output = TerminalOutput(os.fdopen(os.dup(secondary), "w"), lambda: None)
        output.write("short")
        assert not output.is_stuck
        assert output.waited_s == 0.0
        thread = threading.Thread(target=output.write, args=("x" * 300_000,), daemon=True)
        thread.start()
        deadline = time.monotonic() + 20
        while not output.is_stuck:
            assert time.monotonic() < deadline
            time.sleep(0.001)
        first = output.waited_s
        while output.waited_s == first:
            assert time.monotonic() < deadline
        left = 300_005
        while left > 0:
            left -= len(os.read(primary, 65536))
        thread.join(20)
        assert not thread.is_alive()
        assert not output.is_stuck
        assert output.waited_s >= first
        output.close()
    finally:
        os.close(primary)
        os.close(secondary)


def test_nothing_is_drawn_just_after_a_key_until_it_is_overdue() -> None:
    pace = Pace()
    asked = [(10.0, 0.1), (10.5, 0.1), (10.6, 0.2), (11.1, 0.0), (11.6, 0.0), (12.1, 0.0)]
    assert [pace.is_due(now, None, since_key_s) for now, since_key_s in asked] == [
        *(True, False, True, False, True, False)
    ]
