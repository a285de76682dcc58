"""Addresses written out in full, in English and in Chinese word order.

A Chinese address goes from the large to the small: province, city, district, street. In the municipalities
the district takes the place of the region. Knows nothing of who lives there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ecomlm.language import normalise

_WESTERN = re.compile(
    r"(?<![\w-])(?P<street>\d+[A-Za-z]? [^,\n]{2,60}(?:, (?:apt|apartment|suite|unit|floor|flat)\.? ?[\w-]+)?),\s*(?P<city>[A-Za-zÀ-ÿ .'-]{2,40}),\s*"
    r"(?P<region>[A-Za-z]{2,20})?,?\s*(?P<postcode>\d{5}(?:-\d{4})?|[A-Z]\d[A-Z] ?\d[A-Z]\d)(?:,\s*(?P<country>[A-Za-z .]{2,20}))?",
    re.IGNORECASE,
)
_PROVINCES = (
    "河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海"
    "|内蒙古|广西|西藏|宁夏|新疆"
)
_STREET = r"[,， ]*(?P<street>[\u4e00-\u9fff\dA-Za-z#()（） -]{3,60}?)[,， ]*(?:邮政?编码?)?[是为:： ]*(?P<postcode>\d{6})(?!\d)"
_MUNICIPAL = re.compile(
    r"(?P<city>北京|上海|天津|重庆)市?[,， ]*(?P<region>[\u4e00-\u9fff]{2,5}?[区县])" + _STREET
)
_PROVINCIAL = re.compile(
    rf"(?P<region>{_PROVINCES})(?P<rank>省|[\u4e00-\u9fff]{{0,3}}自治区)?[,， ]*"
    r"(?P<city>[\u4e00-\u9fff]{2,7}?)(?:市|(?=[\u4e00-\u9fff]{2,5}[区县]))" + _STREET
)
_OF_CITY = re.compile(r"[,， :：]*(?P<city>[\u4e00-\u9fff]{2,5}?)市" + _STREET)
_LEADS = re.compile(r"改寄?[成为到往]|换[成到]|[寄送邮发](?:到|去|往|给)|地址(?:是|为|[:：])|应该是")


def read_address(text: str) -> dict[str, str] | None:
    """Return an address written out in full: `street`, `city`, `region`, `postcode`, `country`."""
    plain = normalise(text)
    if match := _WESTERN.search(plain):
        return _parts(match.groupdict())
    if match := _MUNICIPAL.search(plain):
        return _chinese(match, match["region"])
    if match := _PROVINCIAL.search(plain):
        rank = match["rank"] or ("" if match["region"] in "内蒙古广西西藏宁夏新疆" else "省")
        return _chinese(match, match["region"] + rank)
    for part in reversed(_LEADS.split(plain)):
        if match := _OF_CITY.match(part):
            return _chinese(match, "")
    return None


def without_address(text: str) -> str:
    """Return a message without an address that is written out in it."""
    plain = normalise(text)
    for pattern in (_WESTERN, _MUNICIPAL, _PROVINCIAL):
        plain = pattern.sub(" ", plain)
    return " ".join(_OF_CITY.sub(" ", part) if _OF_CITY.match(part) else part for part in _LEADS.split(plain))


def _chinese(match: re.Match[str], region: str) -> dict[str, str]:
    named = {"city": f"{match['city']}市", "region": region, "country": "CN"}
    return _parts({"street": match["street"], "postcode": match["postcode"], **named})


def _parts(found: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value or "").strip(" ,.") for name, value in found.items()}
