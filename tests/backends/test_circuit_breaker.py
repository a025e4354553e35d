"""The breaker: whom it lets through."""

from __future__ import annotations

import time

from app.backends.circuit_breaker import CircuitBreaker


def wait_for(breaker: CircuitBreaker) -> None:
    deadline = time.monotonic() + 5
    while not breaker.may_try():
        assert time.monotonic() < deadline


def test_while_all_is_well_everybody_may_try() -> None:
    breaker = CircuitBreaker(60)
    assert breaker.may_try() and breaker.may_try()


def test_after_a_failure_nobody_may_try_until_the_time_is_over() -> None:
    breaker = CircuitBreaker(60)
    breaker.open()
    assert not breaker.may_try()
    assert breaker.close()
    assert breaker.may_try()
    assert not breaker.close()


def test_then_one_tries_and_the_others_wait_for_how_it_goes() -> None:
    breaker = CircuitBreaker(0.3)
    breaker.open()
    wait_for(breaker)
    assert not breaker.may_try()
    breaker.open()
    assert not breaker.may_try()
    wait_for(breaker)
    breaker.close()
    assert breaker.may_try() and breaker.may_try()
