import threading

import pytest

from harmonia_plugins.errors import ProviderError
from harmonia_plugins.providers.breaker import CircuitBreaker


class Down(Exception):
    pass


class World:
    """A breaker of three failures and ten seconds, its clock, and what passes it."""

    def __init__(self):
        self.now = 0.0
        self.passed = 0
        self.breaker = CircuitBreaker("it", failures=3, cooldown=10, clock=lambda: self.now)

    def call(self, error=None):
        with self.breaker.call(Down):
            self.passed += 1
            if error is not None:
                raise error

    def fail(self, times):
        for _ in range(times):
            with pytest.raises(Down):
                self.call(Down())

    def refused(self):
        passed = self.passed
        with pytest.raises(ProviderError, match="it failed 3 times in a row"):
            self.call()
        return self.passed == passed


@pytest.fixture
def world():
    return World()


def test_failures_in_a_row_open_it(world):
    world.fail(3)
    assert world.refused()


def test_a_success_between_failures_keeps_it_closed(world):
    world.fail(2)
    world.call()
    world.fail(2)
    world.call()


def test_other_errors_show_that_the_server_answers(world):
    world.fail(2)
    with pytest.raises(KeyError):
        world.call(KeyError())
    world.fail(2)
    world.call()


def test_it_refuses_until_the_cooldown_is_over(world):
    world.fail(3)
    world.now = 9.9
    assert world.refused()
    world.now = 10.0
    world.call()
    world.fail(2)
    world.call()


def test_a_failed_probe_opens_it_again(world):
    world.fail(3)
    world.now = 10.0
    world.fail(1)
    world.now = 19.9
    assert world.refused()
    world.now = 20.0
    world.call()


def test_only_one_probe_passes(world):
    world.fail(3)
    world.now = 10.0
    inside, leave = threading.Event(), threading.Event()

    def probe():
        with world.breaker.call(Down):
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=probe)
    thread.start()
    inside.wait(10)
    assert world.refused()
    leave.set()
    thread.join()
    world.call()


def test_an_interrupted_probe_makes_room_for_another(world):
    world.fail(3)
    world.now = 10.0
    with pytest.raises(KeyboardInterrupt):
        world.call(KeyboardInterrupt())
    world.call()
    world.fail(2)
    world.call()
