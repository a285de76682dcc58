"""The shapes in which others keep conversations and answers, each turned into our own values.

`FORMATS` has a function for each: it takes one JSON object and yields rows, or raises `Unusable`. Questions
are put into the project's own prompt (`ecomlm.generation.prompts`); what is in it already stays as it is.
Of a longer conversation every question becomes a row of its own, because a prompt holds one question.
Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, cast, get_args

from ecomlm.evidence import Evidence
from ecomlm.generation.prompts import MAX_PASSAGES, abstention, answer_prompt, subject_prefix
from ecomlm.language import detect
from ecomlm.search.passages import sentences
from knowledge.records import Language
from training.data.examples import Example, Preference, Task, passage
from training.data.rows import Place, Row, Text, Unusable, Value

Format = Literal[
    "records", "rasa-nlu", "transcripts", "examples", "chosen-rejected", "messages", "sharegpt", "alpaca",
    "prompt-completion", "text",
]  # fmt: skip
Item = dict[str, Any]
Parser = Callable[[Item, Place, str], Iterator[Row]]

_SHOPPER = ("user", "human", "shopper", "customer", "prompter")
_ASSISTANT = ("assistant", "gpt", "bot", "chatgpt", "model")
_SILENT = ("system", "tool", "function", "observation", "function_call", "tool_call")
_REMEDIES = {
    "messages": '{"messages": [{"role": "user", "content": "..."}, {"role": "assistant", "content": "..."}]}',
    "sharegpt": '{"conversations": [{"from": "human", "value": "..."}, {"from": "gpt", "value": "..."}]}',
}


def recognise(item: Item) -> Format | None:
    """Tell the format from the first object of a file; None where it is none that is known."""
    keys = set(item)
    tests: list[tuple[Format, bool]] = [
        ("records", keys == {"kind", "record"}),
        ("transcripts", {"conversation", "turns"} <= keys),
        ("chosen-rejected", {"chosen", "rejected"} <= keys),
        ("messages", "messages" in keys),
        ("sharegpt", "conversations" in keys),
        ("alpaca", {"instruction", "output"} <= keys),
        ("prompt-completion", {"prompt", "completion"} <= keys),
        ("examples", {"prompt", "answer"} <= keys),
        ("text", "text" in keys),
    ]
    for name, fits in tests:
        if fits:
            return name
    return None


def _examples(item: Item, place: Place, source: str) -> Iterator[Row]:
    prompt, answer = _required(item, "prompt"), _required(item, "answer")
    yield _row(item, place, _example(item, prompt, answer, source))


def _prompt_completion(item: Item, place: Place, source: str) -> Iterator[Row]:
    if isinstance(item.get("prompt"), list):
        turns = [*_turns(item["prompt"], "messages"), *_turns(item.get("completion"), "messages")]
        yield from _conversation(item, place, source, turns[-2:])
        return
    prompt, answer = _required(item, "prompt"), _required(item, "completion")
    yield _row(item, place, _example(item, prompt, answer, source))


def _alpaca(item: Item, place: Place, source: str) -> Iterator[Row]:
    question, answer = _required(item, "instruction"), _required(item, "output")
    context = item.get("input") or ""
    if not isinstance(context, str):
        raise Unusable(
            "schema", f"'input' is a {type(context).__name__}", "write text there, or leave it out"
        )
    language = language_of(item, f"{question} {context}")
    evidence = [passage(text, "community", language) for text in sentences(context)]
    if len(evidence) > MAX_PASSAGES:
        problem = f"'input' has {len(evidence)} sentences, and a prompt holds {MAX_PASSAGES} passages"
        raise Unusable("too_long", problem, "shorten it to the sentences that answer the question")
    prompt = shop_prompt(question, "", evidence, language)
    yield _row(item, place, _example(item | {"language": language}, prompt, answer, source))


def _messages(item: Item, place: Place, source: str) -> Iterator[Row]:
    yield from _conversation(item, place, source, _turns(item["messages"], "messages"))


def _sharegpt(item: Item, place: Place, source: str) -> Iterator[Row]:
    yield from _conversation(item, place, source, _turns(item["conversations"], "sharegpt"))


def _chosen_rejected(item: Item, place: Place, source: str) -> Iterator[Row]:
    chosen, rejected = item["chosen"], item["rejected"]
    if isinstance(chosen, list) and isinstance(rejected, list):
        before = _turns(item["prompt"], "messages") if isinstance(item.get("prompt"), list) else []
        better, worse = [*before, *_turns(chosen, "messages")], [*before, *_turns(rejected, "messages")]
        questions = {turn[1] for turn in (*better[-2:-1], *worse[-2:-1])}
        if len(questions) != 1 or better[-2][0] != "shopper":
            problem = "'chosen' and 'rejected' do not answer the same question"
            raise Unusable("schema", problem, "let both end with the same question and one answer each")
        question, chosen, rejected = questions.pop(), better[-1][1], worse[-1][1]
    else:
        question = _required(item, "prompt")
        chosen, rejected = _required(item, "chosen"), _required(item, "rejected")
    language = language_of(item, question + chosen)
    chosen, rejected = _one_line(chosen), _one_line(rejected)
    if chosen == rejected:
        raise Unusable("schema", "'chosen' and 'rejected' are the same", "remove the row")
    prompt = shop_prompt(question, "", [], language)
    value = Preference(prompt, chosen, rejected, language, _source(item, source), _product(item))
    yield _row(item, place, value)


def _text(item: Item, place: Place, source: str) -> Iterator[Row]:
    text = _required(item, "text")
    label = item.get("label") or item.get("intent") or ""
    value = Text(text, language_of(item, text), _source(item, source), _product(item), str(label))
    yield _row(item, place, value)


PARSERS: dict[Format, Parser] = {
    "examples": _examples,
    "chosen-rejected": _chosen_rejected,
    "messages": _messages,
    "sharegpt": _sharegpt,
    "alpaca": _alpaca,
    "prompt-completion": _prompt_completion,
    "text": _text,
}
"""The formats whose objects can be read one by one."""


def shop_prompt(question: str, subject: str, evidence: list[Evidence], language: Language) -> str:
    """Return the question in the project's prompt, or as it is where it is one already.

    Raises:
        Unusable: when the prompt's limits would cut the question.
    """
    heads = tuple(subject_prefix("", spoken).strip() for spoken in get_args(Language))
    if question.startswith(heads) and question.rstrip().endswith((":", "：")):
        return question
    prompt = answer_prompt(question, subject, evidence, language)
    if _one_line(question) not in prompt:
        problem = f"the question has {len(question):,} characters, more than a prompt holds"
        raise Unusable("too_long", problem, "shorten it, or leave the row out")
    return prompt


def language_of(item: Item, text: str) -> Language:
    """Return the language that the row names, or else the one it is written in."""
    named = item.get("language") or item.get("lang")
    if named is None:
        return detect(text)
    short = str(named).lower().replace("_", "-").split("-")[0]
    if short not in get_args(Language):
        raise Unusable("schema", f"language {named!r} is not known", "use en or zh, or leave it out")
    return cast(Language, short)


def _conversation(item: Item, place: Place, source: str, turns: list[tuple[str, str]]) -> Iterator[Row]:
    pairs = [
        (said, answer)
        for (asker, said), (replier, answer) in zip(turns, turns[1:], strict=False)
        if asker == "shopper" and replier == "assistant"
    ]
    if not pairs:
        raise Unusable("schema", "holds no question followed by an answer", "write one, or remove the row")
    for question, answer in pairs:
        language = language_of(item, question)
        prompt = shop_prompt(question, "", [], language)
        yield _row(item, place, _example(item | {"language": language}, prompt, answer, source))


def _turns(messages: Any, shape: str) -> list[tuple[str, str]]:
    """Return who said what; system and tool messages are left out, as a prompt has no room for them."""
    remedy = f"write {_REMEDIES[shape]}"
    if not isinstance(messages, list) or not messages:
        raise Unusable("schema", "holds no list of messages", remedy)
    found = []
    for number, message in enumerate(messages, start=1):
        if not isinstance(message, dict):
            raise Unusable("schema", f"message {number} is a {type(message).__name__}, not an object", remedy)
        role = str(message.get("role") or message.get("from") or "").lower()
        content = message.get("content", message.get("value"))
        if isinstance(content, list):
            content = "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
        if role in _SILENT:
            continue
        if role not in (*_SHOPPER, *_ASSISTANT):
            raise Unusable("schema", f"message {number} is by {role!r}, who is not known", remedy)
        if content is not None and not isinstance(content, str):
            raise Unusable("schema", f"message {number} is a {type(content).__name__}, not text", remedy)
        if not content or not content.strip():
            raise Unusable("empty", f"message {number} is empty", "write it, or remove the row")
        found.append(("shopper" if role in _SHOPPER else "assistant", content))
    return found


def _example(item: Item, prompt: str, answer: str, source: str) -> Example:
    language = language_of(item, prompt)
    answer = _one_line(answer)
    named = item.get("task") or ("abstain" if answer == abstention(language) else "answer")
    if named not in get_args(Task):
        raise Unusable("schema", f"task {named!r} is not known", f"use one of {', '.join(get_args(Task))}")
    prompt = shop_prompt(prompt, "", [], language)
    return Example(prompt, answer, language, cast(Task, named), _source(item, source), _product(item))


def _row(item: Item, place: Place, value: Value) -> Row:
    id = item.get("id", "")
    if not isinstance(id, str | int):
        raise Unusable("schema", f"id {id!r} is neither text nor a number", "correct it, or leave it out")
    group = item.get("group") or item.get("conversation") or ""
    return Row(place, value, str(id), str(group))


def _required(item: Item, key: str) -> str:
    value = item.get(key)
    if value is not None and not isinstance(value, str):
        raise Unusable("schema", f"{key!r} is a {type(value).__name__}, not text", f"write text as {key!r}")
    if value is None:
        raise Unusable(
            "schema", f"has no {key!r}; it has {', '.join(map(repr, item)) or 'nothing'}", f"add {key!r}"
        )
    if not value.strip():
        raise Unusable("empty", f"{key!r} is empty", f"write {key!r}, or remove the row")
    return value


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _source(item: Item, source: str) -> str:
    return str(item.get("source") or source)


def _product(item: Item) -> str:
    return str(item.get("product") or "")
