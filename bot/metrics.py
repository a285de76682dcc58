"""Counters for Prometheus, one registry an application. Knows nothing of what is counted why."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot.events import Done
from ecomlm.generation.engine import Completion, Engine, Piece

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0)


class Metrics:
    """What the server counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        into = self.registry
        self._requests = Counter(
            "ecomlm_requests_total", "HTTP requests", ["route", "method", "status"], registry=into
        )
        self._duration = Histogram(
            "ecomlm_request_duration_seconds",
            "Seconds a request took",
            ["route"],
            buckets=_SECONDS,
            registry=into,
        )
        self._turns = Counter(
            "ecomlm_turns_total", "Replies by intent and outcome", ["intent", "outcome"], registry=into
        )
        self._first = Histogram(
            "ecomlm_time_to_first_token_seconds",
            "Seconds to a reply's first text",
            buckets=_SECONDS,
            registry=into,
        )
        self._cards = Histogram(
            "ecomlm_time_to_cards_seconds",
            "Seconds to a reply's products",
            buckets=_SECONDS,
            registry=into,
        )
        self._tokens = Counter("ecomlm_tokens_total", "Tokens of the language model", ["kind"], registry=into)
        self._handoffs = Counter("ecomlm_handoffs_total", "Conversations given to a person", registry=into)
        self._blocked = Counter(
            "ecomlm_ungrounded_claims_blocked_total", "Statements cut for want of evidence", registry=into
        )
        self._ratings = Counter("ecomlm_ratings_total", "Shoppers' thumbs", ["rating"], registry=into)
        self._age = Gauge(
            "ecomlm_index_age_seconds", "Seconds since the search index was built", registry=into
        )
        self._model = Gauge("ecomlm_model_info", "The live model", ["adapter", "version"], registry=into)

    def request_done(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one HTTP request."""
        self._requests.labels(route, method, str(status)).inc()
        self._duration.labels(route).observe(seconds)

    def turn_done(self, done: Done, trace: dict[str, Any]) -> None:
        """Count one reply."""
        outcome = "failed" if "failure" in trace else "abstained" if done.abstained else "answered"
        self._turns.labels(done.intent, outcome).inc()
        if "first_text" in done.seconds:
            self._first.observe(done.seconds["first_text"])
        if "cards" in done.seconds:
            self._cards.observe(done.seconds["cards"])
        if trace.get("handoff"):
            self._handoffs.inc()
        self._blocked.inc(trace.get("cut", 0))

    def rated(self, rating: str) -> None:
        """Count a thumb."""
        self._ratings.labels(rating).inc()

    def tokens(self, kind: str, amount: int) -> None:
        """Count tokens of a kind: `prompt`, `cached` or `generated`."""
        self._tokens.labels(kind).inc(amount)

    def watch_index(self, built: Callable[[], float | None]) -> None:
        """Report the age of the index, which was built at the Unix time that `built` returns."""
        self._age.set_function(lambda: time.time() - (built() or time.time()))

    def describe_model(self, adapter: str, version: str) -> None:
        """Name the live model."""
        self._model.clear()
        self._model.labels(adapter, version).set(1)

    def render(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self.registry)


class MeteredEngine:
    """An engine that counts the tokens of the one it wraps."""

    def __init__(self, engine: Engine, metrics: Metrics) -> None:
        self._engine, self._metrics = engine, metrics
        self.name = engine.name

    async def complete(self, request: Completion) -> AsyncGenerator[Piece]:
        """Stream the completion."""
        async with aclosing(self._engine.complete(request)) as pieces:
            async for piece in pieces:
                if piece.is_last:
                    self._metrics.tokens("prompt", piece.prompt_tokens)
                    self._metrics.tokens("cached", piece.cached_tokens)
                    self._metrics.tokens("generated", piece.generated_tokens)
                yield piece

    async def prefill(self, prompt: str) -> None:
        """Read a prompt ahead."""
        await self._engine.prefill(prompt)

    async def close(self) -> None:
        """Close the wrapped engine."""
        await self._engine.close()
