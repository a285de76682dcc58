"""The keys under which the web application holds what its handlers share.

`create_app` puts the resources in; handlers take them out: `request.app[STORE]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from bot.settings import BotSettings
    from ecomlm.search.search import Search
    from knowledge.store import Store

SETTINGS: web.AppKey[BotSettings] = web.AppKey("settings")
STORE: web.AppKey[Store] = web.AppKey("store")
SEARCH: web.AppKey[Search] = web.AppKey("search")
