"""`/v1/chat/completions` and `/v1/models`: the shop's language model for other programs.

Answers in OpenAI's shapes, whole or as a stream. The model is the bare one: no records, no search, no
checks; what it says is the caller's to judge. Knows nothing of conversations.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from aiohttp import web

from bot.channels.requests import address_of, json_object, require_program
from bot.errors import BadRequest
from bot.keys import ADDRESS_LIMIT, ENGINE, SETTINGS
from ecomlm.generation.engine import Completion, Piece

_MAX_TOKENS = 1024
_MAX_MESSAGES = 64
_NAMES = {"system": "Instructions", "developer": "Instructions", "user": "Question", "assistant": "Answer"}


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/v1/models", models)
    app.router.add_post("/v1/chat/completions", chat_completions)


async def models(request: web.Request) -> web.Response:
    """The one model that is live."""
    require_program(request)
    model = {"id": request.app[ENGINE].name, "object": "model", "created": 0, "owned_by": "ecomlm"}
    return web.json_response({"object": "list", "data": [model]})


async def chat_completions(request: web.Request) -> web.StreamResponse:
    """Complete a chat."""
    require_program(request)
    request.app[ADDRESS_LIMIT].take(address_of(request))
    body = await json_object(request)
    completion = _completion(body)
    engine = request.app[ENGINE]
    asked = body.get("model")
    if asked not in (None, engine.name, request.app[SETTINGS].engine_model):
        raise BadRequest(
            f"model {asked!r} is not served; use {engine.name!r} (see /v1/models)", code="model_not_found"
        )
    head = {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "created": int(time.time()),
        "model": engine.name,
    }
    if body.get("stream"):
        usage_wanted = bool((body.get("stream_options") or {}).get("include_usage"))
        return await _stream(request, engine.complete(completion), head, completion.max_tokens, usage_wanted)
    pieces: list[Piece] = [piece async for piece in engine.complete(completion)]
    usage = _usage(pieces)
    choice = {
        "index": 0,
        "message": {
            "role": "assistant",
            "content": "".join(piece.text for piece in pieces).strip(),
            "refusal": None,
        },
        "logprobs": None,
        "finish_reason": _finish(pieces, completion.max_tokens),
    }
    return web.json_response({**head, "object": "chat.completion", "choices": [choice], "usage": usage})


def _completion(body: dict[str, Any]) -> Completion:
    """Return what the body asks for, every value checked."""
    if body.get("n") not in (None, 1):
        raise BadRequest(f"n = {body['n']!r} is not served; only 1 is", code="unsupported_value")
    limit = body.get("max_completion_tokens") or body.get("max_tokens") or 256
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= _MAX_TOKENS:
        raise BadRequest(
            f"max_tokens = {limit!r} is not a whole number from 1 to {_MAX_TOKENS}", code="invalid_value"
        )
    temperature = body.get("temperature", 0.0)
    temperature = 0.0 if temperature is None else temperature
    if not isinstance(temperature, int | float) or isinstance(temperature, bool) or not 0 <= temperature <= 2:
        raise BadRequest(f"temperature = {temperature!r} is not a number from 0 to 2", code="invalid_value")
    stop = body.get("stop") or []
    stops = [stop] if isinstance(stop, str) else stop
    if not isinstance(stops, list) or not all(isinstance(item, str) for item in stops) or len(stops) > 4:
        raise BadRequest("stop must be a text or a list of at most four texts", code="invalid_value")
    seed = body.get("seed")
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
        raise BadRequest(f"seed = {seed!r} is not a whole number", code="invalid_value")
    return Completion(
        prompt=_prompt(body.get("messages")),
        max_tokens=limit,
        temperature=float(temperature),
        stop=tuple(stops) or ("\nQuestion:", "\nInstructions:"),
        seed=seed or 0,
    )


def _prompt(messages: Any) -> str:
    """Return the chat as one prompt; the model was trained on questions and answers, not on roles."""
    if not isinstance(messages, list) or not 1 <= len(messages) <= _MAX_MESSAGES:
        raise BadRequest(f"messages must be a list of 1 to {_MAX_MESSAGES} messages", code="invalid_value")
    lines = []
    for message in messages:
        role = message.get("role") if isinstance(message, dict) else None
        if role not in _NAMES:
            raise BadRequest(
                f"a message has role {role!r}; use one of {', '.join(_NAMES)}", code="invalid_value"
            )
        lines.append(f"{_NAMES[role]}: {_text(message.get('content'))}")
    return "\n".join([*lines, "Answer:"])


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content.strip()
    if isinstance(content, list) and all(
        isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str)
        for part in content
    ):
        return "\n".join(part["text"] for part in content).strip()
    raise BadRequest(
        "a message's content must be text, or a list of parts of type 'text'", code="invalid_value"
    )


async def _stream(
    request: web.Request,
    pieces: AsyncGenerator[Piece],
    head: dict[str, Any],
    limit: int,
    usage_wanted: bool,
) -> web.StreamResponse:
    """Send the pieces as OpenAI's chunks. The first is awaited before the answer starts, so that an engine
    that is away is still an error answer."""
    async with aclosing(pieces) as source:
        first = await anext(source, None)
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        await response.prepare(request)
        head = {**head, "object": "chat.completion.chunk"}
        seen: list[Piece] = []
        await _chunk(response, head, {"role": "assistant", "content": ""})
        if first is not None:
            seen.append(first)
            await _chunk(response, head, {"content": first.text.lstrip()})
        async for piece in source:
            seen.append(piece)
            if piece.text:
                await _chunk(response, head, {"content": piece.text})
    await _chunk(response, head, {}, _finish(seen, limit))
    if usage_wanted:
        await _data(response, {**head, "choices": [], "usage": _usage(seen)})
    await response.write(b"data: [DONE]\n\n")
    await response.write_eof()
    return response


async def _chunk(
    response: web.StreamResponse, head: dict[str, Any], delta: dict[str, Any], finish: str | None = None
) -> None:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    await _data(response, {**head, "choices": [choice]})


async def _data(response: web.StreamResponse, values: dict[str, Any]) -> None:
    await response.write(b"data: " + json.dumps(values, ensure_ascii=False).encode() + b"\n\n")


def _finish(pieces: Sequence[Piece], limit: int) -> str:
    generated = pieces[-1].generated_tokens if pieces else 0
    return "length" if generated >= limit else "stop"


def _usage(pieces: Sequence[Piece]) -> dict[str, int]:
    last = pieces[-1] if pieces else Piece("", is_last=True)
    prompt = last.prompt_tokens + last.cached_tokens
    return {
        "prompt_tokens": prompt,
        "completion_tokens": last.generated_tokens,
        "total_tokens": prompt + last.generated_tokens,
    }
