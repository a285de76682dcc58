"""What is down is left alone for a while, then tried by one call at a time."""

from __future__ import annotations

import pytest

from knowledge.desk.circuit import Circuit, CircuitOpen


class Down(Exception):
    """The failure that counts."""


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def circuit(clock: Clock) -> Circuit:
    return Circuit(failures=3, rest_seconds=10, clock=clock)


def fail(circuit: Circuit, error: type[Exception] = Down) -> None:
    with pytest.raises(error), circuit.call(Down):
        raise error


def succeed(circuit: Circuit) -> None:
    with circuit.call(Down):
        pass


def test_it_opens_after_so_many_failures_in_a_row(circuit) -> None:
    for _ in range(3):
        assert not circuit.is_open
        fail(circuit)
    with pytest.raises(CircuitOpen, match="last 3 requests failed; it is tried again in 10 s"):
        succeed(circuit)


def test_a_success_between_starts_the_count_anew(circuit) -> None:
    for _ in range(5):
        fail(circuit)
        fail(circuit)
        succeed(circuit)
    assert not circuit.is_open


def test_other_errors_do_not_count(circuit) -> None:
    for _ in range(9):
        fail(circuit, ValueError)
    succeed(circuit)


def open_it(circuit: Circuit) -> None:
    for _ in range(3):
        fail(circuit)


def test_after_the_rest_one_success_closes_it(circuit, clock) -> None:
    open_it(circuit)
    clock.now = 10
    succeed(circuit)
    assert not circuit.is_open
    fail(circuit)
    assert not circuit.is_open


def test_after_the_rest_one_failure_opens_it_for_another_rest(circuit, clock) -> None:
    open_it(circuit)
    clock.now = 10
    fail(circuit)
    clock.now = 19
    with pytest.raises(CircuitOpen):
        succeed(circuit)


def test_one_call_at_a_time_tries(circuit, clock) -> None:
    open_it(circuit)
    clock.now = 10
    with circuit.call(Down), pytest.raises(CircuitOpen):
        succeed(circuit)
    succeed(circuit)


def test_a_try_that_is_broken_off_lets_the_next_one_try(circuit, clock) -> None:
    open_it(circuit)
    clock.now = 10
    fail(circuit, ValueError)
    assert circuit.is_open
    succeed(circuit)
    assert not circuit.is_open
