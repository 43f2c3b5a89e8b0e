from __future__ import annotations

import copy
import gc
import pickle
import threading
import weakref

import pytest

from tui_tuner.oracles import RandomSearchOracle, synchronized


class Counter:
    def __init__(self) -> None:
        self.inside = 0
        self.most = 0
        self.entered = threading.Event()

    @synchronized
    def visit(self, proceed: threading.Event) -> int:
        """Says what it says."""
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.entered.set()
        proceed.wait(timeout=10)
        self.inside -= 1
        return self.most

    @synchronized
    def nested(self, proceed: threading.Event) -> int:
        return self.visit(proceed)

    @synchronized
    def fail(self) -> None:
        raise RuntimeError("inside")


def released() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


def test_one_thread_at_a_time() -> None:
    counter, proceed = Counter(), threading.Event()
    threads = [threading.Thread(target=counter.visit, args=(proceed,), daemon=True) for _ in range(5)]
    for thread in threads:
        thread.start()
    assert counter.entered.wait(timeout=10)
    proceed.set()
    for thread in threads:
        thread.join(timeout=10)
    assert counter.most == 1


def test_threads_of_the_same_name_are_told_apart() -> None:
    """KerasTuner's defect 7: it knows threads by their names."""
    counter, proceed = Counter(), threading.Event()
    threads = [threading.Thread(target=counter.visit, args=(proceed,), name="same", daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert counter.entered.wait(timeout=10)
    proceed.set()
    for thread in threads:
        thread.join(timeout=10)
    assert counter.most == 1


def test_synchronized_methods_may_call_each_other() -> None:
    assert Counter().nested(released()) == 1


def test_an_exception_releases_the_lock() -> None:
    counter = Counter()
    with pytest.raises(RuntimeError, match="inside"):
        counter.fail()
    thread = threading.Thread(target=counter.visit, args=(released(),), daemon=True)
    thread.start()
    thread.join(timeout=10)
    assert not thread.is_alive()


def test_objects_do_not_wait_for_each_other() -> None:
    first, second, proceed = Counter(), Counter(), threading.Event()
    thread = threading.Thread(target=first.visit, args=(proceed,), daemon=True)
    thread.start()
    assert first.entered.wait(timeout=10)
    assert second.visit(released()) == 1
    proceed.set()
    thread.join(timeout=10)


def test_the_lock_keeps_no_object_alive() -> None:
    counter = Counter()
    counter.visit(released())
    reference = weakref.ref(counter)
    del counter
    gc.collect()
    assert reference() is None


def test_the_method_keeps_its_name_and_docstring() -> None:
    assert Counter.visit.__name__ == "visit"
    assert Counter.visit.__doc__ == "Says what it says."


def test_an_oracle_that_was_used_can_be_pickled_and_copied() -> None:
    oracle = RandomSearchOracle("val_loss", max_trials=5, seed=1)
    hp = oracle.get_space()
    hp.Int("units", 1, 100)
    oracle.update_space(hp)
    oracle.create_trial("a")
    for other in (pickle.loads(pickle.dumps(oracle)), copy.deepcopy(oracle)):
        assert list(other.trials) == ["0"]
        assert other.create_trial("b").trial_id == "1"
    assert list(oracle.trials) == ["0"]
