"""State what a passage says without a model: facts that a question names, and quotations.

Knows nothing of engines, ranking or dialogue.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ecomlm.conditions import conditions
from ecomlm.evidence import Evidence
from ecomlm.language import normalise, segmenter
from ecomlm.measures import asked_measure, measuring
from ecomlm.quantities import is_about, quantities, spelled_out, topic
from ecomlm.regions import regions_in
from ecomlm.search.glossary import other_names, shop_glossary
from ecomlm.search.passages import sentences
from ecomlm.verdict import decide, is_yes_no
from knowledge.records import Attribute, Language

_NAMED_AMONG, _MOST_NAMED = 8, 3
_WHOLE_PARAGRAPH: dict[Language, int] = {"en": 220, "zh": 90}
_MARKDOWN = re.compile(r"\*\*|^#+\s*|^[-*]\s+", re.MULTILINE)
_ASKS_NUMBER = re.compile(
    r"\bhow (?:long|much|many|soon|late|far|old)\b|\bwhen\b|\bwhat (?:time|size)\b"
    r"|多久|多少|多长|几天|几点|几号|什么时候",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"这款|这个|这台|这双|这件|该|商品|产品|请问|它|的|是|为|有|支持|带|吗|么|呢|多少|多大|多久|多长|多重|多高"
    r"|都|还|可以|可选|能|选择|选项|版本|选|哪几|哪些|几|种|什么|[？?。，,\s]"
)
_FACTS = ("attribute", "variant")
_RENDERED = ("price", "stock", "variant")
_ASKED_OFFER: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "stock",
        re.compile(
            r"\b(?:in stock|out of stock|sold out|any (?:of (?:it|them) )?left)\b"
            r"|\b(?:is|are) (?:it|this|these|they) (?:still )?available\b(?! (?:in|with|for|as|at)\b)"
            r"|\b(?:buy|order|get|have) (?:it|this|these|them|one) (?:right )?(?:now|today)\b"
            r"|(?<!什么)有货|现货|缺货|售罄|卖完|断货|库存|还有吗|还有没有$|(?:现在|还)(?:能|可以)(?:买|下单|订)",
            re.IGNORECASE,
        ),
    ),
    (
        "price",
        re.compile(
            r"\bhow much (?:is|are) (?:it|this|these|they|that)\b"
            r"|\bhow much (?:do|does) (?:it|this|these|they) cost\b"
            r"|\bwhat(?:'s| is| does) (?:the price|its price|it cost)\b|多少钱|什么价|售价"
            r"|\b(?:is|are) (?:it|this|they|these) (?:very |too |that )?(?:expensive|pricey)\b|贵不贵|贵吗",
            re.IGNORECASE,
        ),
    ),
)
"""How a shopper asks for what an offer says, in words that leave no doubt."""
_VERDICTS: dict[Language, tuple[str, str]] = {
    "en": ("No. The page states “{text}”.", "Yes. The page states “{text}”."),
    "zh": ("不，商品页写明“{text}”。", "是的，商品页写明“{text}”。"),
}
_PAGE_IS_SILENT: dict[Language, str] = {
    "en": "The page itself does not say. ",
    "zh": "商品页面本身没有说明。",
}
_BUYERS_SAY: dict[Language, str] = {"en": "Going by buyers' reviews: ", "zh": "根据买家评价："}


def asked_facts(question: str, ranked: Sequence[Evidence], language: Language) -> list[Evidence]:
    """Return the facts that code states better and sooner than a model, so that nothing can be swapped.

    These are price and stock; the attributes that the question calls by their names ("read and write
    speed"); and a typed value that decides a yes/no question.
    """
    if told := [item for item in ranked if _is_offer_asked(item, question)]:
        return told[:1]
    if ranked[0].source in _RENDERED:
        return [ranked[0]]
    first = ranked[:_NAMED_AMONG]
    if named := [item for item in first if _is_named(item, question)]:
        return named[:_MOST_NAMED]
    return [item for item in first if decide(question, item, language) is not None][:1]


def certain_facts(
    question: str, title: str, evidence: Sequence[Evidence], language: Language
) -> list[Evidence]:
    """Return the facts that a question asks for by their names and beside which it asks nothing else.

    They answer it whatever the other passages say, so that none has to be read.
    """
    if told := [item for item in evidence if _is_offer_asked(item, question)]:
        return told[: len(_ASKED_OFFER)]
    asked, wants_verdict = topic(question) - topic(title), is_yes_no(question, language)
    facts = [item for item in evidence if item.attribute and item.source in _FACTS]
    measure = None if wants_verdict else asked_measure(question, title)
    if measure and measure.part and (measured := measuring(measure, evidence)):
        return [measured]
    facts = [item for item in facts if measure is None or measure.allows(item.text)]
    by_name = [item for item in facts if item.attribute and _only_asks_for(item.attribute, question)]
    meant = by_name or [item for item in facts if item.attribute and is_about(asked, _names(item.attribute))]
    if wants_verdict:
        return [item for item in meant if decide(question, item, language) is not None][:1]
    if named := by_name or [item for item in meant if _is_named(item, question)]:
        return named[:_MOST_NAMED]
    called = [item for item in facts if _is_named(item, question)]
    if len(called) > 1 and is_about(
        asked, frozenset().union(*(_names(item.attribute) for item in called if item.attribute))
    ):
        return called[:_MOST_NAMED]
    measured = measuring(measure, evidence) if measure else None
    return [measured] if measured else []


def _only_asks_for(attribute: Attribute, question: str) -> bool:
    """Tell whether a Chinese question holds a name of the fact and, beside it, nothing but the asking."""
    plain = normalise(question)
    glossary = shop_glossary()
    named = (attribute.label.en.lower(), attribute.key.replace("_", " "))
    names = (attribute.label.zh, *(word for name in named for word in glossary.chinese.get(name, ())))
    return any(name and name in plain and not _ASKING.sub("", plain.replace(name, "", 1)) for name in names)


def _names(attribute: Attribute) -> frozenset[str]:
    """The words of a fact's names, with what else English calls it (`color`, `runtime`)."""
    english = (attribute.key.replace("_", " "), attribute.label.en)
    others = other_names(attribute.label.en) if attribute.label.en else ()
    return topic(f"{' '.join(english)} {attribute.label.zh}") | topic(" ".join((*english, *others)))


def named_facts(question: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return price, stock and attributes that the question calls by their names, in the order given."""
    return [item for item in evidence if _is_named(item, question) or _is_offer_asked(item, question)]


def _is_offer_asked(evidence: Evidence, question: str) -> bool:
    """Tell whether the question asks for the price or the stock that this passage states, and nothing else.

    Of which colour or size is another question: its own passage answers that.
    """
    if evidence.field != evidence.source:
        return False
    rest, is_asked = normalise(question), False
    for source, pattern in _ASKED_OFFER:
        found = pattern.search(rest)
        is_asked |= found is not None and source == evidence.source
        rest = pattern.sub(" ", rest)
    return is_asked and not topic(_ASKING.sub(" ", rest))


def _is_named(evidence: Evidence, question: str) -> bool:
    """Tell whether the question calls an attribute by its name, in either language."""
    attribute = evidence.attribute
    if attribute is None or evidence.source not in _FACTS:
        return False
    asked, plain = topic(question), spelled_out(normalise(question).lower())
    english, chinese = topic(attribute.label.en), attribute.label.zh.lower()
    if english and english <= asked:
        return True
    words = [word for word in segmenter().cut_for_search(chinese, HMM=False) if word.strip()]
    parts = [word for word in words if not any(other != word and other in word for other in words)]
    return bool(parts) and all(part in plain or part in asked for part in parts)


def render(evidence: Evidence, question: str, language: Language) -> str:
    """Say what a passage says without a model, with the yes or no that its typed value decides."""
    text = evidence.text.strip().rstrip("。.;；")
    if evidence.source in ("review", "community"):
        return quotations([evidence], question, language)
    if evidence.source == "article":
        return excerpt(evidence, question, language)
    if evidence.source in ("description", "highlight"):
        return f"The page says: “{text}.”" if language == "en" else f"商品页写道：“{text}。”"
    decided = decide(question, evidence, language)
    if decided is None:
        return f"{text}." if language == "en" else f"{text}。"
    return _VERDICTS[language][decided].format(text=text)


def excerpt(evidence: Evidence, question: str, language: Language) -> str:
    """Return the part of a shop's article that answers, word for word.

    What a shop promises (periods, fees, conditions) is never put in other words. A short paragraph is
    given whole, of a longer one the sentence that shares most words with the question; one that holds a
    number wins where the question asks for one, and before all one that speaks of goods in the condition
    that the question speaks of (opened, worn ...), and of the country.
    """
    text = _MARKDOWN.sub("", evidence.text).strip()
    parts = list(sentences(text))
    if len(text) <= _WHOLE_PARAGRAPH[evidence.language] or len(parts) == 1:
        return text
    asked, wants_number = topic(question), bool(_ASKS_NUMBER.search(question))
    condition, regions = conditions(question), regions_in(question)

    def fit(part: str) -> tuple[int, int, int]:
        shared = len(asked & topic(part)) + (wants_number and bool(quantities(part)))
        return len(condition & conditions(part)), len(regions & regions_in(part)), shared

    return max(parts, key=fit)


def quotations(reviews: Sequence[Evidence], question: str, language: Language) -> str:
    """Say that the page is silent, and what buyers wrote: a yes or no of theirs is not the shop's."""
    silent = _PAGE_IS_SILENT[language] if is_yes_no(question, language) else ""
    joint = " " if language == "en" else ""
    return silent + joint.join(_quotation(item.text.strip().rstrip("。.;；"), language) for item in reviews)


def review_frame(language: Language) -> str:
    """Return how a sentence begins that rests on what buyers wrote and not on the page."""
    return _BUYERS_SAY[language]


def _quotation(text: str, language: Language) -> str:
    return f"A buyer wrote: “{text}.”" if language == "en" else f"有买家说：“{text}。”"
