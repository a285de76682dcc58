"""The keys under which the web application holds what its handlers share.

`create_app` puts the resources in; handlers take them out: `request.app[STORE]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from bot.ahead import ReadingAhead
    from bot.console.audit import Audit
    from bot.console.staff import Staff
    from bot.desk.handoffs import Handoffs
    from bot.desk.team import Team
    from bot.limits import RateLimit
    from bot.live import Live
    from bot.metrics import Metrics
    from bot.responses import Responses
    from bot.sessions import Sessions
    from bot.settings import BotSettings
    from bot.tools import Tools
    from bot.transcripts import Transcripts
    from bot.turn import Turns
    from ecomlm.generation.engine import Engine
    from ecomlm.search.search import Search
    from knowledge.store import Store

SETTINGS: web.AppKey[BotSettings] = web.AppKey("settings")
STORE: web.AppKey[Store] = web.AppKey("store")
SEARCH: web.AppKey[Search] = web.AppKey("search")
ENGINE: web.AppKey[Engine] = web.AppKey("engine")
TOOLS: web.AppKey[Tools] = web.AppKey("tools")
TRANSCRIPTS: web.AppKey[Transcripts] = web.AppKey("transcripts")
HANDOFFS: web.AppKey[Handoffs] = web.AppKey("handoffs")
LIVE: web.AppKey[Live] = web.AppKey("live")
TEAM: web.AppKey[Team] = web.AppKey("team")
TURNS: web.AppKey[Turns] = web.AppKey("turns")
STAFF: web.AppKey[Staff] = web.AppKey("staff")
AUDIT: web.AppKey[Audit] = web.AppKey("audit")
SESSIONS: web.AppKey[Sessions] = web.AppKey("sessions")
METRICS: web.AppKey[Metrics] = web.AppKey("metrics")
RESPONSES: web.AppKey[Responses] = web.AppKey("responses")
AHEAD: web.AppKey[ReadingAhead] = web.AppKey("ahead")
VISITOR_LIMIT: web.AppKey[RateLimit] = web.AppKey("visitor_limit")
ADDRESS_LIMIT: web.AppKey[RateLimit] = web.AppKey("address_limit")
EVENT_LIMIT: web.AppKey[RateLimit] = web.AppKey("event_limit")
SESSION_LIMIT: web.AppKey[RateLimit] = web.AppKey("session_limit")

REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id", str)
