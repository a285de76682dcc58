"""Tokens and limits hold against everybody but their owner."""

from __future__ import annotations

import pytest

from bot.limits import RateLimit, TooManyRequests
from bot.sessions import SessionInvalid, Sessions


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_token_opens_its_own_conversation() -> None:
    sessions = Sessions(b"k" * 32, days=1)
    token, session = sessions.issue()
    assert sessions.check(token) == session


def test_every_visitor_gets_another_conversation() -> None:
    sessions = Sessions(b"k" * 32, days=1)
    assert len({sessions.issue()[1].conversation for _ in range(50)}) == 50


def test_an_altered_token_is_refused() -> None:
    sessions = Sessions(b"k" * 32, days=1)
    token, session = sessions.issue()
    other = sessions.issue()[1].conversation
    with pytest.raises(SessionInvalid, match="not valid"):
        sessions.check(token.replace(session.conversation, other))
    with pytest.raises(SessionInvalid, match="not valid"):
        sessions.check(token.replace(str(session.expires), str(session.expires + 1)))


def test_a_token_of_another_secret_is_refused() -> None:
    token, _ = Sessions(b"a" * 32, days=1).issue()
    with pytest.raises(SessionInvalid):
        Sessions(b"b" * 32, days=1).check(token)


def test_an_old_token_is_refused() -> None:
    clock = Clock()
    sessions = Sessions(b"k" * 32, days=1, clock=clock)
    token, _ = sessions.issue()
    clock.now += 86401
    with pytest.raises(SessionInvalid, match="expired"):
        sessions.check(token)


def test_a_key_that_asks_too_often_waits_and_others_do_not() -> None:
    clock = Clock()
    limit = RateLimit(per_minute=4, clock=clock)
    limit.take("ann")
    limit.take("ann")
    with pytest.raises(TooManyRequests) as refused:
        limit.take("ann")
    limit.take("bob")
    clock.now += refused.value.retry_after_seconds
    limit.take("ann")


def test_many_at_once_need_their_share_and_are_paid_off() -> None:
    clock = Clock()
    limit = RateLimit(per_minute=60, clock=clock)
    limit.take("ann", 45)  # more than half a minute's worth: nothing may have been used
    with pytest.raises(TooManyRequests) as refused:
        limit.take("ann")
    assert refused.value.retry_after_seconds == 16
    clock.now += 16
    limit.take("ann")
    with pytest.raises(TooManyRequests):
        limit.take("ann", 5)


def test_a_refused_request_costs_nothing() -> None:
    clock = Clock()
    limit = RateLimit(per_minute=2, clock=clock)
    limit.take("ann")
    for _ in range(5):
        with pytest.raises(TooManyRequests):
            limit.take("ann")
    clock.now += 30
    limit.take("ann")
