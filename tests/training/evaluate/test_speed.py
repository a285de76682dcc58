"""Tokens a second are those of the engine's own counts over the clock."""

from ecomlm.generation.engine import Piece
from training.evaluate.facts import rows_of
from training.evaluate.speed import speed_facts, time_engine


class Steady:
    """Reads 100 tokens in 2 seconds and writes 11 in 1 second, by a clock of its own."""

    name = "steady"

    def __init__(self, written=11):
        self.now, self.written, self.prompts = 0.0, written, []

    def clock(self):
        return self.now

    async def complete(self, request):
        self.prompts.append(request.prompt)
        self.now += 2
        yield Piece("a", generated_tokens=1)
        self.now += 1
        yield Piece("b", prompt_tokens=100, generated_tokens=self.written, is_last=True)


async def test_reading_and_writing_are_timed_apart():
    engine = Steady()
    timed = await time_engine(engine, 7, repeats=3, clock=engine.clock)
    (row,) = rows_of(speed_facts("base", timed), 7)
    assert row["prefill_tokens_per_second"] == 50
    assert row["decode_tokens_per_second"] == 10
    assert row["questions"] == 3


async def test_prompts_share_no_beginning():
    engine = Steady()
    await time_engine(engine, 7, repeats=3, clock=engine.clock)
    assert len({prompt[:2] for prompt in engine.prompts}) == 4


async def test_what_writes_nothing_is_no_measurement():
    engine = Steady(written=1)
    assert await time_engine(engine, 7, repeats=2, clock=engine.clock) == []
    assert rows_of(speed_facts("base", []), 7) == []
