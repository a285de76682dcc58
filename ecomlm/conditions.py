"""In what condition goods are: opened, used, worn, washed, damaged. Rules of a shop turn on it.

"Can I send it back after opening the box?" is answered by the rule that speaks of opened goods, however many
other words another rule shares with the question. Knows words alone, in both languages.
"""

from __future__ import annotations

import re

from ecomlm.language import normalise

_CONDITIONS = {
    "opened": r"\b(?:open(?:ed|ing)|unwrap(?:ped|ping)?|unseal(?:ed|ing)|unbox(?:ed|ing))\b"
    r"|\bseal(?: is| was)? broken\b"
    r"|\b(?:broken?|breaking) (?:the )?seal\b|(?:if|once|when|after) (?:i|you|we)(?:'ve| have)? open\b"
    r"|(?<![未没不])(?<!没有)(?:拆封|开封|拆开|打开|拆袋|拆包|拆了)|封口破损",
    "unopened": r"\b(?:unopened|still sealed|sealed)\b|未拆封|未开封|没拆封|没有拆|没拆",
    "used": r"\b(?:used|using|traces of use|tried (?:it|them) out)\b|用过|使用过|使用痕迹|试用",
    "worn": r"\b(?:worn|wore|wearing|tried (?:it|them) on|trying on)\b|穿过|试穿|穿着",
    "washed": r"\b(?:washed|washing)\b|洗过|水洗过",
    "without tags": r"\b(?:without|no|lost|cut off) (?:the |its |their )?(?:tags?|labels?)\b"
    r"|没有?吊牌|剪(?:了|掉)?(?:吊牌|标)",
    "without box": r"\b(?:without|no|lost|threw away) (?:the |its |original )*(?:box|packaging)\b"
    r"|没有(?:原)?(?:包装|盒子|鞋盒)|(?:包装|盒子|鞋盒)(?:扔|丢)",
    "faulty": r"\b(?:faulty|defective|damaged|broken(?! seal)|does ?n[o']t work)\b"
    r"|损坏|坏了|破损|质量问题|有问题",
}  # fmt: skip
_PATTERNS = {name: re.compile(pattern) for name, pattern in _CONDITIONS.items()}


def conditions(text: str) -> frozenset[str]:
    """Return the conditions of goods that a text speaks of."""
    plain = normalise(text).lower()
    return frozenset(name for name, pattern in _PATTERNS.items() if pattern.search(plain))
