"""What a Chinese message says at the desk, clause by clause: the wish among the chat around it, yes, and no.

Shoppers chat: what was sent back before, what stays, what they thought of first and what they want now stand
in one message. A clause that tells of the past or says "not" names no wish, and one that asks for something
counts more than one that mentions it. Knows nothing of orders or of what is asked next.
"""

from __future__ import annotations

import re

from bot.desk.task import Kind
from ecomlm.language import has_chinese, normalise

_BETWEEN = re.compile(
    r"[，,。！!？?；;、…~～]+|\.(?!\w)|(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])|(?=只[退换要取留])|(?=其[他它余])"
)
_VERBS = "退|换|取消|改|撤"
_NOT = re.compile(
    rf"(?<!要)(?:不|别|甭|没打算|无需)(?:给我|帮我|用|必|想|会|再|要|是要|是想|打算)?(?:{_VERBS})(?![款钱])"
)
_KEPT = re.compile(r"留着|留下|保留|还是?要的|照旧|先不[管看]")
_BEFORE = re.compile(
    r"(?:退|换|取消|改)过|换了(?!吧|得了|呗|算了)|(?:已经|收到|之前|上次|上回)[^，,]{0,8}(?:退货|退回|换货|取消)"
)
_ASKS = re.compile(
    r"想|要|帮|麻烦|请|给我|申请|办|能不能|能否|可不可以|可以不|行不|得了|(?:能|可以).{0,14}[吗不么]|吧$|一下"
    rf"|^(?:那|那就|就|先|再|直接|还是|对|嗯|把.{{0,16}})*(?:{_VERBS}|查|修改)"
)
# In the order of precedence among clauses that ask alike.
_WISHES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("warranty", re.compile(r"保修|质保|报修|维修|返修")),
    ("invoice", re.compile(r"发票|开票|要票|税票|报销凭证")),
    ("refund", re.compile(r"退款|退钱|还钱|返款|到账|差价.{0,6}退|退.{0,3}差价|钱.{0,8}(?:退|回来)|退.{0,6}的?钱|退到哪")),
    ("payment", re.compile(r"付款方式|支付方式|(?:改|换|用|拿|转).{0,14}(?:付款?|支付|买单|结账)(?!的|了|过)|(?:换|改).{0,4}[张个]卡")),
    ("profile", re.compile(r"默认(?:收货)?地址|账[户号](?:里的?)?地址")),
    ("address", re.compile(r"地址|门牌|收件人|收货人|改寄|改派|改到|[寄送邮](?:到|去|往|给)(?!了|哪|货)")),
    ("exchange", re.compile(r"换(?!算|句|言|季|乘|行|洗)|调换")),
    ("return", re.compile(r"退(?![款钱差步出休潮订换回去到])|退换|退订单|退回(?!去)|寄回(?:去|给)")),
    ("cancel", re.compile(r"取消|撤销|撤单|撤了|不要了|不想要|不买了|退订|别[发寄](?:货|了)|不用[发寄]了")),
    ("items", re.compile(r"改(?![天日主派寄到]|变主意)|修改|升级")),
    ("status", re.compile(r"到哪|在哪|物流|快递|快件|包裹|运单|派送|签收|发货|查.{0,6}订?单|订单.{0,6}(?:状态|到|怎么)|(?:我的|所有|哪些|全部)的?订单|订单列表|没到|没收到")),
)  # fmt: skip
_DONE: tuple[Kind, ...] = ("exchange", "return", "cancel", "items")
_NOTICE = re.compile(
    r"(?:到货|补货|有货|来货|上架|有现货).{0,10}(?:通知|告诉|提醒|告知|说一声|吱一?声|喊我|叫我|发.{0,4}(?:邮件|短信|消息))"
    r"|到货(?:通知|提醒)|(?:通知|告诉|提醒)我.{0,8}(?:到货|补货|有货)"
)
_UNSENT = re.compile(r"(?:没|未|尚未|还没)有?(?:给我)?(?:发货|发出|寄出|出库|寄|发(?![票现光热霉]))")

_CORE = re.compile(
    r"是的?|对的?|好[的滴哒嘞]?|可以的?|行的?|没问题|确[认定]|同意|没错|就这样|照办|[办要]的|办吧|成交?|ok",
    re.I,
)
_FILLER = re.compile(
    r"请|帮我|麻烦|了|吧|啊|呀|哦|噢|的|多?谢谢?|感谢|辛苦|不好意思|您|你们?|就|我|办理?|执行|提交|无误|这样|去|做|嗯+|恩+|哈+|啦|咯|喽"
    r"|嘛|呗|滴|嘞|快点"
)
_NO_ASSENT = frozenset({"对了", "行了", "好了", "可以了"})
_OWN_VERBS: dict[str, str] = {
    "cancel": r"取消掉?", "return": r"退(?:货|掉|回)?", "exchange": r"换(?:货|掉)?|改",
    "items": r"换|改", "address": r"改|寄|送", "profile": r"改", "payment": r"改|换|付",
    "warranty": r"报修|保修|修", "notice": r"通知",
}  # fmt: skip
_POLITE = re.compile(
    r"还是|多?谢谢?|感谢|麻烦|不好意思|[啊呀哈哦吧啦了的我先那就还呗嘛嗯]|[\s，,。.!！~～、]+"
)
_NOS = re.compile(
    r"(?:不+|否|不用|不要|不是|算|不行|别|停|不对|不必|不需要|改主意|(?:不|别)(?:要|用|想)?(?:办|弄|搞|改|退|换|取消|买|寄|动)(?:货|掉)?|取消(?=不办))+"
)
_GIVES_UP = re.compile(r"^(?:那就?|哎呀?|唉|嗯|哦)?[，, ]*(?:算了|不办了|不用了|我?改主意了)")
_GOES_ON = re.compile(
    r"(?:^|[，,。！!\s])(?:好[的吧]?|那|我们|咱们?|哦|嗯|行)*(?:继续|接着)(?:吧|来|弄|说|(?:办|退|换|改|取消|刚才|之前|那个).{0,8})?[。.！!~～\s]*$"
    r"|^回到.{0,12}\W*$"
)
_SPARE = re.compile(r"另外?一[件个双条只瓶把张盒包台顶支]|其中一|多(?:的|出来?的|买的)[那一]?|重复的")
_CORRECTS = re.compile(r"不对|说错|搞错|弄错|写错了是|口误|更正")


def clauses(text: str) -> list[str]:
    """Return a message's clauses, in their order."""
    return [clause.strip() for clause in _BETWEEN.split(normalise(text)) if clause and clause.strip()]


def kind_of(text: str) -> Kind | None:
    """Return which business a message asks for, or else mentions; None where it is about none."""
    return _weighed(text)[0]


def wish_of(text: str) -> Kind | None:
    """Return which business a message asks for; that a parcel or an address is mentioned is no wish."""
    kind, weight = _weighed(text)
    return kind if weight > 1 or kind in _DONE else None


def _weighed(text: str) -> tuple[Kind | None, int]:
    if names_notice(text):
        return "notice", 2
    best: Kind | None = None
    most = (0, 0)
    for clause in clauses(text):
        if is_kept(clause):
            continue
        is_told = bool(_BEFORE.search(clause))
        for place, (kind, pattern) in enumerate(_WISHES):
            if pattern.search(clause) and not (is_told and kind in _DONE):
                weight = (2 if _ASKS.search(clause) else 1, -place)
                best, most = (kind, weight) if weight > most else (best, most)
                break
    return ("cancel" if best == "return" and _UNSENT.search(text) else best), most[0]


def names_notice(text: str) -> bool:
    """Whether a message asks to be told when something is back in stock."""
    return bool(_NOTICE.search(normalise(text)))


def without_notice(text: str) -> str:
    """Return a message without the words that ask for such a notice."""
    return re.sub(rf"(?:{_NOTICE.pattern})(?:我|一下|一声)*", " ", text)


def is_kept(clause: str) -> bool:
    """Whether a clause says what shall stay as it is."""
    return bool(_NOT.search(clause) or _KEPT.search(clause))


def without_kept(text: str) -> str:
    """Return a message without the clauses that say what shall stay."""
    if not has_chinese(text):
        return text
    return "，".join(clause for clause in clauses(text) if not is_kept(clause))


def wished(text: str, kind: Kind) -> list[str]:
    """Return readings of which part of a message says what its business is about, the narrowest first.

    A correction ("不对") leaves only what follows it; clauses with the verb of the business go first.
    """
    if not has_chinese(text):
        return [text]
    whole = without_kept(text)
    parts = _CORRECTS.split(whole)
    after = parts[-1] if len(parts) > 1 else ""
    verb = {"cancel": "取消|不要|不买|退", "return": "退", "warranty": "修|保"}.get(kind)
    found = []
    for said in (after, whole):
        if said and verb:
            found.append("，".join(clause for clause in clauses(said) if re.search(verb, clause)))
        found.append(said)
    return [said for said in dict.fromkeys(found) if said]


def is_spare(text: str) -> bool:
    """Whether a message speaks of one of several alike: "另一件", "多的那个"."""
    return bool(_SPARE.search(text))


def is_yes(text: str, kind: str | None) -> bool:
    """Whether a message is a yes and nothing else; it may name the business of that kind again.

    Only with another word of assent does the verb alone count: "取消吧" might also stop it.
    """
    plain = re.sub(r"[\W_]", "", normalise(text).casefold())
    verb = _OWN_VERBS.get(kind or "")
    if verb and re.fullmatch(rf"(?:嗯+|好|对|行|那|就)+(?:{verb})吧(?:{_FILLER.pattern})*", plain):
        return True
    if verb and kind != "cancel" and re.fullmatch(rf"(?:{verb})吧", plain):
        return True
    bare = re.sub(verb, "", plain) if verb else plain
    rest = _FILLER.sub("", _CORE.sub("", bare))
    return bool(_CORE.search(bare)) and not rest and plain not in _NO_ASSENT


def is_no(text: str) -> bool:
    """Whether a message only says no."""
    return bool(_NOS.fullmatch(_POLITE.sub("", normalise(text))))


def gives_up(text: str) -> bool:
    """Whether a message lets go of what is under way, and wants nothing else of it."""
    plain = normalise(text)
    match = _GIVES_UP.search(plain)
    return match is not None and not goes_on(plain) and kind_of(plain[match.end() :]) is None


def goes_on(text: str) -> bool:
    """Whether a message goes back to what is under way."""
    return bool(_GOES_ON.search(normalise(text)))
