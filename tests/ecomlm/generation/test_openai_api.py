"""The OpenAI-compatible engine against a real HTTP server that speaks the protocol."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from ecomlm.generation.engine import Completion, EngineUnavailable
from ecomlm.generation.openai_api import OpenAIEngine


@pytest.fixture
async def server():
    """A completion server that echoes the prompt's words, and misbehaves when the prompt says so."""
    seen = []

    async def completions(request):
        body = await request.json()
        seen.append((body, request.headers.get("Authorization")))
        if body["prompt"] == "refuse":
            return web.json_response({"error": {"message": "no such model"}}, status=404)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        if body["prompt"] == "garbage":
            await response.write(b"data: {not json\n\n")
            return response
        for word in body["prompt"].split():
            await response.write(f"data: {json.dumps({'choices': [{'text': word}]})}\n\n".encode())
        usage = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}
        await response.write(f"data: {json.dumps(usage)}\n\ndata: [DONE]\n\n".encode())
        return response

    app = web.Application()
    app.router.add_post("/v1/completions", completions)
    async with TestServer(app) as running:
        running.seen = seen
        yield running


async def collect(engine, prompt):
    return [piece async for piece in engine.complete(Completion(prompt, max_tokens=8))]


async def test_text_arrives_in_pieces_and_the_last_one_counts(server):
    engine = OpenAIEngine(str(server.make_url("/v1")), "shop", "secret")
    *pieces, last = await collect(engine, "hello there")
    await engine.close()
    assert [piece.text for piece in pieces] == ["hello", "there"]
    assert (last.is_last, last.prompt_tokens, last.generated_tokens) == (True, 3, 2)
    assert server.seen[0][0]["model"] == "shop"
    assert server.seen[0][1] == "Bearer secret"


@pytest.mark.parametrize("prompt", ["refuse", "garbage"])
async def test_a_server_that_misbehaves_is_reported_as_unavailable(server, prompt):
    engine = OpenAIEngine(str(server.make_url("/v1")), "shop")
    with pytest.raises(EngineUnavailable, match="model server"):
        await collect(engine, prompt)
    await engine.close()


async def test_a_server_that_is_not_there_is_reported_as_unavailable(unused_tcp_port):
    engine = OpenAIEngine(f"http://127.0.0.1:{unused_tcp_port}/v1", "shop")
    with pytest.raises(EngineUnavailable, match="does not answer"):
        await asyncio.wait_for(collect(engine, "hello"), 20)
    await engine.close()
