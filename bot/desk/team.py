"""The shop's people in a conversation: they join, write, hand back, and the shopper sees it at once.

Every adapter (the addresses for programs, a console, a help desk) goes through here, so that the state, the
transcript and the open chats agree. Knows nothing of HTTP.
"""

from __future__ import annotations

from bot.desk.handoffs import Handoffs
from bot.desk.packet import packet_of
from bot.events import Agent
from bot.live import Live
from bot.transcripts import Transcripts
from ecomlm.language import detect
from knowledge.errors import RecordNotFound

TAKEN = "taken_over"
"""The reason of a handoff that nobody asked for."""


class Team:
    """What people of the shop do in conversations."""

    def __init__(self, handoffs: Handoffs, transcripts: Transcripts, live: Live) -> None:
        self._handoffs, self._transcripts, self._live = handoffs, transcripts, live

    async def join(self, conversation: str, agent: str) -> None:
        """Take a conversation; whoever has it already changes nothing.

        Raises:
            RecordNotFound: where nobody was asked for.
        """
        if await self._handoffs.join(conversation, agent):
            await self._transcripts.add_agents(conversation, "", "en", Agent(agent, "joined"))
        self._live.wake(conversation)

    async def take_over(self, conversation: str, agent: str) -> None:
        """Take a conversation, also one in which nobody was asked for, or whose handoff is over.

        Raises:
            RecordNotFound: for a conversation in which nothing was said.
        """
        found = await self._handoffs.of(conversation)
        if found is None or found.state == "closed":
            said = await self._transcripts.messages(conversation)
            if not said:
                raise RecordNotFound("conversation", conversation)
            await self._handoffs.begin(conversation, TAKEN, packet_of(TAKEN, said))
        await self.join(conversation, agent)

    async def write(self, conversation: str, agent: str, text: str) -> str:
        """Say something to the shopper, which also joins; return the message's id."""
        await self.join(conversation, agent)
        message = await self._transcripts.add_agents(conversation, text, detect(text), Agent(agent, "wrote"))
        self._live.wake(conversation)
        return message

    async def hand_back(self, conversation: str) -> None:
        """Let the assistant go on."""
        handoff = await self._handoffs.of(conversation)
        is_new = await self._handoffs.hand_back(conversation)
        if is_new and handoff and handoff.state == "with_agent":
            gone = Agent(handoff.agent, "handed_back")
            await self._transcripts.add_agents(conversation, "", "en", gone)
        self._live.wake(conversation)
