"""`python -m knowledge check`: which texts say otherwise than the service desk's rules."""

from __future__ import annotations

import argparse
from pathlib import Path

from knowledge.desk.check import check_texts, texts_in, texts_of
from knowledge.desk.rules import load_rules
from knowledge.settings import KnowledgeSettings
from knowledge.store import Store

# Canned replies and examples of the conversation side: read as plain files, where they are installed.
_BESIDE = Path(__file__).parent.parent.parent / "bot"
CANNED = (_BESIDE / "responses.yml", _BESIDE / "rasa" / "data" / "nlu.yml")


async def check(settings: KnowledgeSettings, options: argparse.Namespace) -> int:
    """Print every contradiction and return 1 if there is one."""
    rules = load_rules(settings.rules)
    async with await Store.open(settings) as store:
        articles = await store.articles(published_only=False)
    known = {article.id for article in articles}
    texts = [text for article in articles for text in texts_of(article)]
    files = [*(file for file in CANNED if file.exists()), *options.files]
    for file in files:
        texts += texts_in(file)
    found = check_texts(texts, rules)
    for contradiction in found:
        print(contradiction)
    missing = sorted({name for name in rules.articles.values() if name not in known}) if articles else []
    for name in missing:
        print(f"rules: the article {name!r} that a rule names is not in the shop; write it or name another")
    told = f"{len(articles)} articles and {len(files)} files against {settings.rules.name}"
    print(
        f"{told}: {len(found) + len(missing)} contradictions" if found or missing else f"{told}: they agree"
    )
    return 1 if found or missing else 0
