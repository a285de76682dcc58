"""Other programs' ways in: Rasa's REST channel and OpenAI's interface."""

from __future__ import annotations

import dataclasses

import openai
import pytest

from bot.channels.rasa import rasa_messages
from bot.events import Button, Buttons, Cards, Done, Failure, TextPiece


async def test_rasas_rest_channel_answers_with_a_list_of_messages(client) -> None:
    body = {"sender": "ann", "message": "waterproof hiking boots under $150"}
    messages = await (await client.post("/webhooks/rest/webhook", json=body)).json()
    assert {message["recipient_id"] for message in messages} == {"ann"}
    assert messages[0]["custom"]["type"] == "cards"
    assert any("text" in message for message in messages)


async def test_rasas_senders_have_conversations_of_their_own(client) -> None:
    hook = "/webhooks/rest/webhook"
    await client.post(hook, json={"sender": "ann", "message": "waterproof hiking boots"})
    answer = await client.post(hook, json={"sender": "bob", "message": "compare the first two"})
    assert "Which products" in (await answer.json())[0]["text"]


async def test_messages_without_a_sender_share_no_conversation(client) -> None:
    hook = "/webhooks/rest/webhook"
    for sender in ({}, {"sender": "default"}):
        first = await client.post(hook, json={**sender, "message": "waterproof hiking boots"})
        assert (await first.json())[0]["recipient_id"] == "default"
        answer = await client.post(hook, json={**sender, "message": "compare the first two"})
        assert "Which products" in (await answer.json())[0]["text"]


def test_pieces_become_one_message_and_buttons_go_with_their_text() -> None:
    events = [
        TextPiece("One"), TextPiece(" two."), Buttons((Button("Yes", "yes"),)), Cards(()), TextPiece("3."),
        Failure("timeout", "Too slow.", "AB12"), Done("m", "other", "en"),
    ]  # fmt: skip
    messages = rasa_messages("ann", events)
    assert messages[0] == {
        "recipient_id": "ann", "text": "One two.", "buttons": [{"title": "Yes", "payload": "yes"}],
    }  # fmt: skip
    assert [sorted(message)[0] for message in messages[1:]] == ["custom", "recipient_id", "recipient_id"]
    assert messages[-1]["text"] == "Too slow."


async def test_programs_need_the_password_where_one_is_set(serve, settings) -> None:
    client = await serve(dataclasses.replace(settings, operator_password="correct horse"))
    for path in ("/metrics", "/v1/models"):
        assert (await client.get(path)).status == 401
        assert (await client.get(path, headers={"Authorization": "Bearer correct horse"})).status == 200
    body = {"sender": "ann", "message": "hi"}
    assert (await client.post("/webhooks/rest/webhook", json=body)).status == 401
    assert (await client.get("/metrics", headers={"Authorization": "Basic !!"})).status == 401


@pytest.fixture
async def program(client, engine):
    engine.text = "Paris is a city."
    made = openai.AsyncOpenAI(base_url=str(client.make_url("/v1")), api_key="none", max_retries=0)
    yield made
    await made.close()


QUESTION = [{"role": "user", "content": "What is Paris?"}]


async def test_openais_client_gets_a_whole_answer(program, engine) -> None:
    answer = await program.chat.completions.create(model="scripted", messages=QUESTION)
    assert answer.choices[0].message.content == "Paris is a city."
    assert answer.usage.completion_tokens == 4
    assert engine.prompts[-1].endswith("Question: What is Paris?\nAnswer:")


async def test_openais_client_gets_a_stream_with_usage(program) -> None:
    stream = await program.chat.completions.create(
        model="scripted", messages=QUESTION, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "Paris is a city."
    assert chunks[-1].usage.total_tokens == 16


async def test_openais_client_sees_its_own_errors(program, engine) -> None:
    with pytest.raises(openai.BadRequestError, match="is not served"):
        await program.chat.completions.create(model="gpt-9", messages=QUESTION)
    with pytest.raises(openai.BadRequestError, match="max_tokens"):
        await program.chat.completions.create(model="scripted", messages=QUESTION, max_tokens=10**6)
    engine.text = None
    with pytest.raises(openai.InternalServerError) as failed:
        await program.chat.completions.create(model="scripted", messages=QUESTION, stream=True)
    assert failed.value.body["type"] == "server_error"


async def test_openais_client_lists_the_model(program) -> None:
    assert [model.id async for model in program.models.list()] == ["scripted"]
