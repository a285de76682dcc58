"""The real engine: streaming, prefix cache, several at once, cancellation."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from ecomlm.generation.engine import Completion, EngineUnavailable
from ecomlm.generation.llama_cpp import LlamaCppEngine

pytestmark = pytest.mark.model
FACTS = "Shop item: Kestrel K2 SSD\n- Fact: Read speed: 3500 MB/s\n- Fact: Warranty: 5 years\n"
READ_SPEED = Completion(FACTS + "Question: how fast does it read?\nAnswer:", max_tokens=12)
WARRANTY = Completion(FACTS + "Question: how long is the warranty?\nAnswer:", max_tokens=12)


@pytest.fixture
async def engine(base_model):
    running = await LlamaCppEngine.load(base_model.gguf, threads=1, parallel=2, context=512)
    yield running
    await running.close()


async def collect(engine, request):
    pieces = [piece async for piece in engine.complete(request)]
    return "".join(piece.text for piece in pieces), pieces[-1]


async def test_it_reads_its_prompt(engine):
    text, _ = await collect(engine, READ_SPEED)
    assert "3500" in text


async def test_a_second_question_on_the_same_facts_reads_only_the_question(engine):
    await collect(engine, READ_SPEED)
    _, last = await collect(engine, WARRANTY)
    assert last.cached_tokens > last.prompt_tokens


async def test_what_was_read_ahead_is_not_read_again(engine):
    await engine.prefill(FACTS)
    _, last = await collect(engine, WARRANTY)
    assert last.cached_tokens > last.prompt_tokens


async def test_greedy_text_is_the_same_alone_and_beside_others(engine):
    alone, _ = await collect(engine, READ_SPEED)
    together = await asyncio.gather(*(collect(engine, READ_SPEED) for _ in range(3)))
    assert {text for text, _ in together} == {alone}


async def test_a_shopper_who_leaves_does_not_hold_a_place(engine):
    endless = Completion("Once upon a time", max_tokens=400, stop=())
    for _ in range(4):  # more than there are places
        async with aclosing(engine.complete(endless)) as pieces:
            await anext(pieces)
    text, _ = await asyncio.wait_for(collect(engine, READ_SPEED), 30)
    assert "3500" in text


async def test_a_closed_engine_says_so(engine):
    await engine.close()
    with pytest.raises(EngineUnavailable, match="does not answer"):
        await collect(engine, READ_SPEED)
