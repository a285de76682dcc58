"""One message to the desk and what answers it, as they go through the dialogue together.

Knows the request, the reply and the tools. Knows nothing of business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.desk.task import Task
from bot.desk.wording import tell
from bot.dispatch import Reply
from bot.tracker import Request
from knowledge.records import Language

if TYPE_CHECKING:
    from bot.tools import Tools


@dataclass(frozen=True, slots=True)
class Talk:
    """A message, its reply, and what both work with."""

    request: Request
    reply: Reply
    tools: Tools

    @property
    def text(self) -> str:
        """The message."""
        return self.request.text

    @property
    def language(self) -> Language:
        """The message's language."""
        return self.request.language

    @property
    def conversation(self) -> str:
        """The conversation's id."""
        return self.request.conversation

    @property
    def task(self) -> Task | None:
        """What is under way."""
        return Task.from_json(self.request.memory.task)

    def keep(self, task: Task | None) -> None:
        """Remember what is under way now; nothing else that a plain yes would accept stands beside it."""
        self.request.remember(task=task.as_json() if task else None, offer=None)

    async def say(self, sentence: str, **values: Any) -> None:
        """Say one of the desk's sentences."""
        await self.reply.say(tell(sentence, self.language, **values))
