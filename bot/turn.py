"""A turn: one message's way to its reply.

The message is stored, routed and given to an action; what the action sends is recorded, stored and passed
on to whoever follows. A turn belongs to nobody's connection: it goes on when the shopper's line drops, and
a second follower (a reload, a retry) gets the same events from the start. Knows nothing of HTTP.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol
from weakref import WeakValueDictionary

from rasa_sdk import Tracker
from rasa_sdk.executor import ActionExecutor

from bot.actions import action_for
from bot.desk.handoffs import Handoffs
from bot.dispatch import EventDispatcher
from bot.events import Buttons, Cards, Done, Event, Failure, TextPiece, as_json, from_json
from bot.router import Route
from bot.settings import BotSettings
from bot.tracker import Memory, Request
from bot.transcripts import End, Incoming, Message, State, Transcripts, is_interrupted
from bot.wording import failure_text
from ecomlm.generation.engine import EngineUnavailable
from ecomlm.language import detect
from knowledge.records import Language

log = logging.getLogger(__name__)
_POLL_SECONDS = 0.25


class Router(Protocol):
    """Tells what a message wants."""

    async def route(self, text: str, memory: Memory) -> Route:
        """Route one message in the light of the conversation so far."""
        ...


class Observer(Protocol):
    """Is told what happens, to count it."""

    def turn_done(self, done: Done, trace: dict[str, Any]) -> None:
        """A reply is complete."""
        ...


class Turn:
    """A reply under way or over: its events so far, for any number of followers."""

    def __init__(self, message: str, language: Language) -> None:
        self.message, self.language = message, language
        self.events: list[Event] = []
        self.trace: dict[str, Any] = {}
        self.offered: list[str] = []  # the payloads under the reply that the message answers
        self.is_over = False
        self._news = asyncio.Event()

    def add(self, event: Event) -> None:
        """Append an event and wake the followers."""
        self.events.append(event)
        self._wake()

    def close(self) -> None:
        """No event follows."""
        self.is_over = True
        self._wake()

    async def follow(self, after: int = 0) -> AsyncIterator[tuple[int, Event]]:
        """Yield the events numbered from 1, those up to `after` left out, until the reply is over."""
        position = after
        while True:
            news = self._news
            while position < len(self.events):
                position += 1
                yield position, self.events[position - 1]
            if self.is_over:
                return
            await news.wait()

    @property
    def text(self) -> str:
        """The reply's text so far."""
        return "".join(event.text for event in self.events if isinstance(event, TextPiece))

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class Turns:
    """Takes messages and runs their turns, one at a time in each conversation."""

    def __init__(
        self,
        settings: BotSettings,
        transcripts: Transcripts,
        router: Router,
        executor: ActionExecutor,
        observer: Observer | None = None,
        handoffs: Handoffs | None = None,
        changed: Callable[[str], None] = lambda conversation: None,
    ) -> None:
        self._settings, self._transcripts, self._router = settings, transcripts, router
        self._executor, self._observer, self._handoffs = executor, observer, handoffs
        self._changed = changed
        self._running: dict[str, Turn] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def start(self, conversation: str, incoming: Incoming) -> Turn:
        """Store the message and begin its reply; a message sent before gets the reply it had or has."""
        started = time.perf_counter()
        begun = await self._transcripts.begin(conversation, incoming)
        if running := self._running.get(begun.reply.id):
            return running
        if not begun.is_new:
            reply = await self._settled(begun.reply)
            if reply.state == "complete":
                return replayed(reply)
        self._changed(conversation)
        turn = Turn(begun.reply.id, incoming.language)
        self._running[turn.message] = turn
        turn.offered = _payloads(begun.answered)
        task = asyncio.create_task(self._run(turn, conversation, incoming, started))
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return turn

    async def rehearse(
        self, text: str, page: str | None, may_act: Callable[[Request], bool]
    ) -> tuple[Request, Turn]:
        """Run a message's action without a conversation: nothing is stored, no one follows.

        The trace's `failure` says where the answer broke off: `engine` or `timeout`.

        Args:
            may_act: told what was understood; where it says no, the turn has no events.
        """
        memory = Memory(language=detect(text)).on_page(page)
        parsed, turn = await self._router.route(text, memory), Turn("", memory.language)
        call = call_for("", text, page, parsed, memory.as_slots(), ())
        request = Request.from_tracker(Tracker.from_dict(call["tracker"]))
        turn.trace["action"] = call["next_action"]

        async def keep(event: Event) -> None:
            turn.add(event)

        if may_act(request):
            dispatcher = EventDispatcher(keep)
            dispatcher.trace = turn.trace
            try:
                async with asyncio.timeout(self._settings.reply_timeout_seconds):
                    await self._executor.run(call, dispatcher=dispatcher)
            except TimeoutError:
                turn.trace["failure"] = "timeout"
            except EngineUnavailable:
                turn.trace["failure"] = "engine"
        turn.close()
        return request, turn

    async def drain(self, seconds: float) -> None:
        """Let the replies under way finish, for `seconds` at most."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("a turn could not be stored", exc_info=error)

    async def _settled(self, reply: Message) -> Message:
        """Wait for a reply that another server is writing, until it is over or given up."""
        while reply.state == "streaming" and not is_interrupted(reply, self._settings.reply_timeout_seconds):
            await asyncio.sleep(_POLL_SECONDS)
            reply = await self._transcripts.reply(reply.id)
        return reply

    async def _run(self, turn: Turn, conversation: str, incoming: Incoming, started: float) -> None:
        lock = self._locks.get(conversation) or asyncio.Lock()
        self._locks[conversation] = lock  # forgotten when its last turn is over
        try:
            async with lock:
                await self._reply(turn, conversation, incoming, started)
        finally:
            turn.close()
            self._running.pop(turn.message, None)
            self._changed(conversation)

    async def _reply(self, turn: Turn, conversation: str, incoming: Incoming, started: float) -> None:
        recorder = _Recorder(self._transcripts, turn, started, self._quiet(conversation))
        slots = await self._transcripts.slots(conversation)
        memory = Memory.from_slots(slots).on_page(incoming.page)
        state: State = "complete"
        try:
            async with asyncio.timeout(self._settings.reply_timeout_seconds):
                if self._handoffs and await self._handoffs.is_quiet(conversation):
                    turn.trace["action"] = "silence"  # a person has the conversation
                    await self._handoffs.heard(conversation, incoming.text)
                    return await self._close(recorder, state, slots, conversation)
                parsed = await self._router.route(incoming.text, memory)
                recorder.routed(parsed)
                slots = await self._act(recorder, conversation, incoming, parsed, slots)
        except asyncio.CancelledError:
            await recorder.finish("failed", slots, conversation)
            raise
        except TimeoutError:
            await recorder.fail("timeout")
            state = "failed"
        except EngineUnavailable as error:
            await recorder.fail("engine", error)
            state = "failed"
        except Exception as error:  # the edge of a turn: whatever broke, the shopper gets a sentence
            await recorder.fail("internal", error)
            state = "failed"
        await self._close(recorder, state, slots, conversation)

    async def _close(
        self, recorder: _Recorder, state: State, slots: dict[str, Any], conversation: str
    ) -> None:
        done = await recorder.finish(state, slots, conversation)
        if self._observer:
            self._observer.turn_done(done, recorder.turn.trace)

    def _quiet(self, conversation: str) -> Callable[[], Awaitable[bool]]:
        """Return what tells, just before something is sent, whether a person has joined meanwhile."""

        async def look() -> bool:
            if self._handoffs is None:
                return False
            return await self._handoffs.is_joined(conversation)

        return look

    async def _act(
        self,
        recorder: _Recorder,
        conversation: str,
        incoming: Incoming,
        parsed: Route,
        slots: dict[str, Any],
    ) -> dict[str, Any]:
        """Run the action of the message's intent; return the slots after it."""
        dispatcher = EventDispatcher(recorder.emit)
        dispatcher.trace = recorder.turn.trace
        dispatcher.trace["action"] = action_for(parsed.intent)
        call = call_for(conversation, incoming.text, incoming.page, parsed, slots, recorder.turn.offered)
        result = await self._executor.run(call, dispatcher=dispatcher)
        changes = {event["name"]: event["value"] for event in result.events if event["event"] == "slot"}
        return {**slots, **changes}


def call_for(
    conversation: str,
    text: str,
    page: str | None,
    parsed: Route,
    slots: Mapping[str, Any],
    offered: Sequence[str],
) -> dict[str, Any]:
    """Return what a Rasa executor is asked for one message."""
    latest = {**parsed.as_latest_message(), "text": text}
    latest["metadata"] = {"page": {"product": page} if page else None, "offered": list(offered)}
    tracker = {"sender_id": conversation, "slots": dict(slots), "latest_message": latest, "events": []}
    return {"next_action": action_for(parsed.intent), "tracker": tracker, "domain": {}}


class _Recorder:
    """Passes a turn's events on, and stores them behind its back, one write at a time."""

    def __init__(
        self,
        transcripts: Transcripts,
        turn: Turn,
        started: float,
        is_quiet: Callable[[], Awaitable[bool]],
    ) -> None:
        self.turn, self._is_quiet = turn, is_quiet
        self._transcripts, self._started = transcripts, started
        self._seconds: dict[str, float] = {}
        self._saving: asyncio.Task[None] | None = None
        self._saved = 0

    def routed(self, parsed: Route) -> None:
        self.turn.language = parsed.language
        self.turn.trace |= {
            "intent": parsed.intent,
            "confidence": parsed.confidence,
            "entities": parsed.as_latest_message().get("entities", []),
        }
        self._seconds["route"] = self._elapsed()

    async def emit(self, event: Event) -> None:
        if await self._is_quiet():
            self.turn.trace["dropped"] = True
            return
        if isinstance(event, Cards):
            self._seconds.setdefault("cards", self._elapsed())
        elif isinstance(event, TextPiece):
            self._seconds.setdefault("first_text", self._elapsed())
        self.turn.add(event)
        if self._saving is None or self._saving.done():
            self._saving = asyncio.create_task(self._save_all())
        await asyncio.sleep(0)  # lets followers send before the action takes its next step

    async def fail(self, code: str, error: BaseException | None = None) -> None:
        reference = secrets.token_hex(4).upper()
        log.error("turn %s failed (%s), reference %s", self.turn.message, code, reference, exc_info=error)
        self.turn.trace["failure"] = {"code": code, "reference": reference}
        await self.emit(Failure(code, failure_text(code, self.turn.language), reference))

    async def finish(self, state: State, slots: dict[str, Any], conversation: str) -> Done:
        """Store the whole reply, then say that it is done."""
        turn, trace = self.turn, self.turn.trace
        if self._saving:
            await asyncio.wait([self._saving])
        seconds = {
            name: round(value, 4) for name, value in (self._seconds | {"total": self._elapsed()}).items()
        }
        trace |= {"intent": trace.get("intent", "other"), "confidence": trace.get("confidence", 0.0)}
        trace["seconds"] = seconds
        done = Done(turn.message, trace["intent"], turn.language, bool(trace.get("abstained")), seconds)
        await self._save([*turn.events, done], state, End(conversation, slots, trace))
        turn.add(done)
        return done

    async def _save_all(self) -> None:
        while self._saved < len(self.turn.events):
            events = list(self.turn.events)
            await self._save(events, "streaming")
            self._saved = len(events)

    async def _save(self, events: list[Event], state: State, end: End | None = None) -> None:
        await self._transcripts.save_reply(
            self.turn.message,
            text=self.turn.text,
            events=[as_json(event) for event in events],
            state=state,
            language=self.turn.language,
            end=end,
        )

    def _elapsed(self) -> float:
        return time.perf_counter() - self._started


def _payloads(reply: Message | None) -> list[str]:
    events = [from_json(values) for values in reply.events] if reply else []
    return [button.payload for event in events if isinstance(event, Buttons) for button in event.buttons]


def replayed(reply: Message) -> Turn:
    """Return a stored reply as a turn that is over."""
    turn = Turn(reply.id, reply.language)
    turn.events = [from_json(values) for values in reply.events]
    turn.close()
    return turn
