"""What a shopper says about business at the desk: which business, yes or no, and single details.

Patterns in both languages over one message. What needs the order at hand (which item, which size) is in
`bot.desk.choices`. Knows nothing of orders, rules or what is asked next.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.desk import chinese
from bot.desk.task import Kind
from ecomlm.language import has_chinese, normalise

_I = re.IGNORECASE
# The first that matches counts; a bare "change it" is left to the intent. Chinese is in `bot.desk.chinese`.
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "notice",
        re.compile(
            r"\b(?:back in stock|in stock again|notify me|(?:tell|let|email) me (?:know )?when)\b", _I
        ),
    ),
    ("warranty", re.compile(r"\b(?:warranty|guarantee) (?:case|claim)\b|\bunder (?:the )?warranty\b|\b(?:start|open|make|file)\b.{0,20}\bwarranty\b", _I)),
    ("invoice", re.compile(r"\binvoices?\b", _I)),
    ("refund", re.compile(r"\b(?:where|when|status|any news)\b.{0,40}\brefund|\b(?:has|have|got|received|arrived)\b (?:\w+ ){0,3}refund|\brefund\b.{0,20}\b(?:status|arrive|arrived|yet)\b", _I)),
    ("exchange", re.compile(r"\bexchang(?:e|ing)\b|\bswap\b", _I)),
    ("return", re.compile(r"\b(?:return|returning|send (?:\w+ ){0,4}back|give (?:\w+ ){0,3}back)\b", _I)),
    ("payment", re.compile(r"\bpay(?:ment)? (?:\w+ ){0,3}(?:method|differently|with|by|via|card)\b|\bchange (?:\w+ ){0,4}payment\b", _I)),
    ("profile", re.compile(r"\b(?:my|user|default|profile|account) (?:\w+ )?(?:default|profile|user|account) address\b|\bdefault address\b", _I)),
    ("address", re.compile(r"\baddress\b|\b(?:ship|send|deliver|redirect) (?:\w+ ){0,4}to\b", _I)),
    ("cancel", re.compile(r"\bcancel|\bcall off\b|\bdon'?t want (?:\w+ ){0,4}any ?more\b", _I)),
    ("items", re.compile(r"\b(?:change|modify|switch|update|upgrade|make)\b.{0,60}\b(?:to|into|for|instead|size|colou?r)\b|\bmodify\b", _I)),
    ("status", re.compile(r"\b(?:where|track|tracking|status|arrive|shipped|deliver(?:y|ed)|my orders?)\b", _I)),
)  # fmt: skip
_OF_INTENT: Mapping[str, Kind] = {
    "order_status": "status", "order_cancel": "cancel", "order_change": "items", "order_return": "return",
    "order_refund": "refund",
}  # fmt: skip

_YES_WORDS = re.compile(
    r"\b(?:yes|yeah|yep|yup|ok|okay|sure|absolutely|definitely|certainly|of course|correct|confirm(?:ed)?|agreed|"
    r"go ahead|proceed|do it|do that|do both|please do|that is (?:right|correct|fine)|that's (?:right|correct|fine)|"
    r"sounds good|looks good|perfect|please|thanks|thank you|with (?:that|it|this)|go for it|i do|i confirm|"
    r"right|fine|great|good|wonderful|lovely|cool|excellent|i'?m sure|quick(?:ly)?|as soon as possible|(?:very|so) much|"
    r"(?:this|that) one(?: too| as well)?|both|i mean|you(?:'re| are) (?:a|an|the) (?:hero|star|angel|best)|y)\b",
    _I,
)
_YES_CORE = re.compile(
    r"\b(?:yes|yeah|yep|yup|ok|okay|sure|absolutely|definitely|certainly|of course|correct|confirm(?:ed)?|agreed|"
    r"go ahead|proceed|do it|do that|please do|go for it|i do|sounds good|looks good|y|that's (?:right|correct))\b",
    _I,
)
_NO_WORDS = re.compile(
    r"^(?:no+|nope|nah|no thanks?(?: you)?|not now|don't|do not|don't do (?:it|that)|never ?mind|stop|leave it|"
    r"forget (?:it|about it)|no need|i changed my mind|cancel that|keep it|rather not|no,? thank you|"
    r"no,? (?:leave it|keep it|don't|do not|forget it|never ?mind|i changed my mind)|please don't|n)$",
    _I,
)
_DROPS = re.compile(r"^(?:never ?mind|forget (?:it|about it)|stop|leave it|drop it|i changed my mind)\b", _I)
_REFUSES = re.compile(
    r"^\W*(?:(?:oh|well|hm+|ah|no)\W+)*(?:no|not|never|nope)\b(?! longer)|\b(?:don't|do not|never) (?:\w+ )?(?:cancel|return|exchange|"
    r"change|do)\b|\b(?:keep|leave|forget) (?:it|them|that)\b|^(?:不|别|先别)|别(?:取消|退|换|改)",
    _I,
)
_WHOLE = re.compile(r"\b(?:whole|entire|complete|everything|all of it)\b|整单|整个|全部", _I)
_PERSON = re.compile(
    r"\b(?:human|person|people|agent|someone|somebody|representative|operator|staff|manager|supervisor|colleague|support|"
    r"team|employee|talk|speak|transfer|call|phone|contact|hand)\b|人|客服|转|电话|经理|主管",
    _I,
)
# Four digits alone may be anything: they are a postcode in a short answer, or where the message says so.
_TELLS_POSTCODE = re.compile(r"\b(?:post ?code|zip|postal)\b|邮编|^\W*(?:[\w.@'-]+\W+){0,5}[\w.@'-]+\W*$", _I)
_SAME_ORDER = re.compile(
    r"\bits\b|\b(?:in|of|from|for) it\b|\b(?:that|this|same) (?:order|parcel)\b|(?:这|那|该|同一)(?:个|一)?(?:订单|单|笔)",
    _I,
)
_REFERS = re.compile(
    r"\b(?:it|its|them|that|this|then|instead|same order|(?:the|whole|entire) (?:whole |entire )?order)\b|这个|它|那就|这单|该订单",
    _I,
)
_CONTINUES = re.compile(r"^(?:continue|go on|go back|back to (?:it|that|my .{1,30})|resume|carry on)\W*$", _I)
_ENDINGS = "。.!！,，~～ ?？、"
PAYLOAD = re.compile(r"^/(affirm|deny)\s*\{\s*\"proposal\"\s*:\s*\"([0-9a-f]{16})\"\s*\}$")

_FAULTY = re.compile(
    r"\b(?:broken|damaged|defect(?:ive)?|faulty|cracked|torn|leak\w*|doesn't work|does not work|not working|stopped working|"
    r"dead on arrival|wrong (?:item|one|product|size was sent)|missing part)\b"
    r"|坏[了掉的]|破[损洞]|(?<![脚手皮腿]都)(?<![脚手皮腿磨])破了|质量问题|用不了|[不没]能用|没法用|[发寄]错|开裂|裂[了开纹]|碎了|断了|漏[水电气]"
    r"|[缺少]了?.{0,3}配件|故障|瑕疵|次品|没(?:有)?声音?|不(?:加热|制冷|通电|亮|响|转(?!人)|工作|启动|出水|充电)|充不[进上]电|开不了机|死机|黑屏|花屏|[脱开]胶|[脱开]线|生锈",
    _I,
)
_UNWORN = re.compile(
    r"\b(?:unworn|never (?:been )?worn|not (?:been )?worn|haven't worn|tags? (?:are |is )?(?:still )?on|still ha\w+ (?:\w+ )?tags?|unused|brand new)\b|(?:没有?|未|从没|还没)(?:怎么)?穿|吊牌[^，,。；]{0,4}(?:(?<!不)在|没[剪拆摘撕]|未[剪拆摘]|完好|挂着|齐全)|全新|没用过",
    _I,
)
_UNOPENED = re.compile(
    r"\b(?:unopened|sealed|never opened|not (?:been )?opened|haven't opened|unused|brand new)\b|没拆|未拆|没有拆|没开封|未开封|全新|没用过",
    _I,
)
_USED = re.compile(
    r"\b(?:worn (?:it|them)|have worn|i wore|opened (?:it|them)|i opened|used (?:it|them)|washed)\b|(?<!没)(?<!没有)(?<!未)(?<!没怎么)穿过(?!的)|穿了.{0,4}[天次回]|拆开了|拆封了|用过了|洗过|吊牌[^，,。]{0,4}(?:[剪拆摘撕扔丢]了|不在|没了|丢)",
    _I,
)
_MISTAKE = re.compile(
    r"\b(?:mistake|accident(?:ally)?|wrong(?:ly)?|in error)\b|拍错|下错|买错|选错|误[拍下点操买]|手滑|重复(?:下单|拍|买)|[下拍买]重了",
    _I,
)
_NOT_NEEDED = re.compile(
    r"\b(?:no longer need\w*|don't need|do not need|not needed|changed my mind|don't want|no longer want\w*|unneeded)\b|不需要|用不[着上]|不想[要买]|不要(?:了|$|(?=[,，。！]))|不买了|改主意",
    _I,
)
_POSTCODE = re.compile(
    r"(?<![A-Za-z0-9-])(?:\d{5}(?:-\d{4})?|\d{6}|\d{3} ?\d{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{4})(?![A-Za-z0-9-])",
    _I,
)
_NAME = re.compile(
    r"(?i:\bname is|\bi am|\bi'm|\bthis is|\bit's|\bname:)\s+(?P<en>[A-Z][\w'-]+(?: [A-Z][\w'-]+){1,2})|(?:我是|我叫|姓名[是:：]?)\s*(?P<zh>[\u4e00-\u9fff]{2,4})"
)
# "Ann Lee here", "Ann Lee is my name", and what stands shortly before a postcode.
_BARE_NAME = re.compile(
    r"\b([A-Z][\w'-]+ [A-Z][\w'-]+)(?= here\b| is my name\b|[^.!?\d]{0,40}(?<![\w-])\d{4,6}\b)"
)
_QUESTION = re.compile(
    r"[?？]\s*$|(?:吗|呢)[。.!！]?$|^(?:what(?![?!])|how|which|why|do you|does|is there|are there|can i|who)\b|多少|多久|为什么|怎么|哪些",
    _I,
)
_SHOPPING = re.compile(
    r"\b(?:looking for|show me|do you (?:have|sell|carry)|recommend|search for|i want to buy|tell me about)\b|想买|找一|推荐|有没有卖|看看有",
    _I,
)
_SAFETY = re.compile(
    r"\b(?:caught fire|on fire|exploded|explosion|electric shock|injur(?:ed|y)|burn(?:ed|t) (?:me|my)|allergic reaction|hospital)\b"
    r"|着火|起火|冒烟|爆炸|触电|受伤|烫伤|过敏反应|住院",
    _I,
)
_LEGAL = re.compile(
    r"\b(?:my (?:lawyer|attorney)|lawyer|sue (?:you|your)|legal action|small claims|consumer protection|chargeback|police)\b"
    r"|律师|起诉|告你们|法院|消协|消费者协会|12315|报警",
    _I,
)
_ANGER = re.compile(
    r"\b(?:fuck\w*|shit\w*|bullshit|wtf|damn (?:bot|thing)|idiots?|scam(?:mers?|med)?|useless (?:bot|thing|service)|ridiculous|unacceptable"
    r"|furious|outrageous|disgust(?:ed|ing)|fed up|sick (?:and tired )?of (?:this|you|your)|what a joke|worst (?:shop|store|service|company)|rip-?off)\b"
    r"|(?:什么|真|太|纯|一堆|这种)垃圾|垃圾(?:店|货|服务|快递|质量|客服|东西|机器人|平台|商家|公司|玩意|$|[,!。])|骗子|骗[人钱]|他妈的(?!生日|礼物)|特么|尼玛|(?<![妈我你他她爸])妈的(?=[,!。 ]|$)"
    r"|滚(?:开|蛋|吧|$|[,!。])|坑[人爹我钱]|离谱|(?<![不通])过分(?![期享析量类配装辨])|气死|气人|很生气|生气了|受够了|火大(?!一?点|小)|废物|无语了|忍无可忍"
    r"|什么破(?!损)|黑店|差劲|(?:态度|服务)[^,。]{0,4}恶劣",
    _I,
)
_ASKS_PERSON = re.compile(
    r"\b(?:speak|talk|chat|connect|transfer|put|pass|hand|get|give|want|need|let)\b[^.?!]{0,25}?\b(?:(?:real|live|actual) (?:person|human|agent)|human(?: being)?"
    r"|(?:to|with|me) an? (?:person|agent|representative|supervisor|manager)|(?:your|the) (?:manager|supervisor)|customer (?:service|support)|someone (?:real|human))\b"
    r"|\b(?:want|need) an? (?:person|agent|representative|supervisor|manager)\b"
    r"|(?<![别不用])(?:转接?|找|叫|接|换|要|喊|派|安排|来)(?:给|到|个|一下|一?[个位]|下)?(?:你们)?的?(?:人工(?!费|智能|成本)|真人|活人|在线客服|客服|经理|主管|负责人|领导|老板|工作人员)|(?:我?要|正式)投诉|投诉你们|\b(?:file|make|lodge) a complaint\b",
    _I,
)
_TOLD = re.compile(r"之前|刚才|昨天|上次|已经|\b(?:spoke|talked|already|yesterday|earlier)\b", _I)


def read_kind(text: str, intent: str) -> Kind | None:
    """Return which business a message is about; None where it is about none."""
    found = named_kind(text)
    if found == "notice":
        return found
    if intent not in _OF_INTENT:
        return None
    if intent == "order_refund" and found in (None, "status", "items"):
        return "refund"
    return found or _OF_INTENT[intent]


def named_kind(text: str) -> Kind | None:
    """Return the business that the words themselves name, whatever the intent."""
    if has_chinese(text) and (found := chinese.kind_of(text)):
        return found
    plain = normalise(text).replace("’", "'")
    return next((kind for kind, pattern in _KINDS if pattern.search(plain)), None)


def without_notice(text: str) -> str:
    """Return a message without its wish to be told when something is back, so that the thing is left."""
    plain = normalise(text).replace("’", "'")
    return _KINDS[0][1].sub(" ", chinese.without_notice(plain)).strip()


def is_plain_yes(text: str, kind: Kind | None = None) -> bool:
    """Whether a message is an explicit yes and nothing else: a condition or a change makes it none.

    With the kind of business that was proposed, the yes may name it again ("好，退吧").
    """
    said = normalise(text).replace("’", "'").casefold()
    plain = said.strip(_ENDINGS)
    if not plain or _QUESTION.search(said):
        return False
    if has_chinese(plain):
        return chinese.is_yes(plain, kind)
    rest = re.sub(r"\b(?:and|it|that|this|all)\b", "", _YES_WORDS.sub("", plain))
    return bool(_YES_CORE.search(plain)) and not re.sub(r"[\W_]", "", rest)


def is_plain_no(text: str) -> bool:
    """Whether a message only says no."""
    plain = normalise(text).replace("’", "'").casefold().strip(_ENDINGS)
    if has_chinese(plain):
        return chinese.is_no(plain)
    bare = re.sub(r"\s*,?\s*(?:thanks|thank you|please)$", "", plain).strip(_ENDINGS)
    return bool(_NO_WORDS.match(bare))


def drops(text: str) -> bool:
    """Whether a message lets go of what is under way."""
    if has_chinese(text):
        return chinese.gives_up(text)
    return bool(_DROPS.search(normalise(text).strip()))


def lets_go(text: str) -> bool:
    """Whether a message lets go of what is under way and wishes for nothing else."""
    if has_chinese(text):
        return chinese.gives_up(text)
    match = _DROPS.search(normalise(text).strip())
    return match is not None and named_kind(text[match.end() :]) is None


def refuses(text: str) -> bool:
    """Whether a message sounds like a no, whatever else it says."""
    return bool(_REFUSES.search(normalise(text).replace("’", "'").strip()))


def begins_with_no(text: str) -> bool:
    """Whether a message begins with a no."""
    return bool(
        re.match(r"\W*(?:(?:oh|well|hm+|ah) )?(?:no|not|never|nope)\b(?! longer)|^(?:不|别)", text, _I)
    )


def accepts_whole(text: str) -> bool:
    """Whether a message takes the whole order where only a part was wished for."""
    plain = normalise(text).replace("’", "'")
    return not begins_with_no(plain) and (is_plain_yes(plain) or bool(_WHOLE.search(plain)))


def is_same_order(text: str) -> bool:
    """Whether a message speaks of the very order that was spoken of before."""
    return bool(_SAME_ORDER.search(normalise(text)))


def refers(text: str) -> bool:
    """Whether a message speaks of what was spoken of before: "it", "that order", "then"."""
    return bool(_REFERS.search(normalise(text)))


def continues(text: str) -> bool:
    """Whether a message goes back to what is under way."""
    if has_chinese(text):
        return chinese.goes_on(text)
    return bool(_CONTINUES.match(normalise(text).strip()))


def is_other_topic(text: str, intent: str) -> bool:
    """Whether a message asks or looks for something rather than answering a question of the desk's."""
    is_person = intent == "handoff" and bool(_PERSON.search(text))
    return is_person or is_question(text) or bool(_SHOPPING.search(normalise(text)))


def is_question(text: str) -> bool:
    """Whether a message asks something."""
    return bool(_QUESTION.search(normalise(text).strip()))


def read_reason(text: str) -> str | None:
    """Return why something is cancelled or sent back, in the rules' own names."""
    if _FAULTY.search(text):
        return "faulty"
    if _MISTAKE.search(text):
        return "ordered by mistake"
    return "no longer needed" if _NOT_NEEDED.search(text) else None


def read_condition(text: str) -> bool | None:
    """Return whether something is said to be unworn or unopened."""
    plain = text.replace("’", "'")
    if has_chinese(plain) and _USED.search(plain):
        return False
    if _UNWORN.search(plain) or _UNOPENED.search(plain):
        return True
    return False if _USED.search(plain) else None


def read_postcode(text: str, without: tuple[str, ...] = ()) -> str | None:
    """Return a postcode; what stands in `without` (an order number, an e-mail) is left out first."""
    for other in without:
        text = re.sub(re.escape(other), " ", text, flags=_I)
    text = re.sub(r"[A-Z]{1,4}-\d+|#?\b[A-Z]\d{5,}|[$€£¥]\d+", " ", text, flags=_I)
    found = [code for code in _POSTCODE.findall(text) if len(code) > 4 or _TELLS_POSTCODE.search(text)]
    return found[-1].strip() if found else None


def read_name(text: str) -> str | None:
    """Return the name under which a shopper introduces themselves."""
    plain = text.replace("’", "'")
    if match := _NAME.search(plain):
        return match["en"] or match["zh"]
    bare = _BARE_NAME.search(plain)
    return bare[1] if bare else None


def wants_person(text: str) -> str | None:
    """Return why a person should take over: `safety`, `legal` or `anger`; None where nothing says so."""
    plain = normalise(text)
    for name, pattern in (("safety", _SAFETY), ("legal", _LEGAL), ("anger", _ANGER)):
        if pattern.search(plain):
            return name
    return None


def asks_for_person(text: str) -> bool:
    """Whether a message asks for a person in so many words; that one was spoken to before is no wish."""
    plain = normalise(text).replace("’", "'")
    return any(
        _ASKS_PERSON.search(clause) and not _TOLD.search(clause)
        for clause in re.split(r"[,，.。!！?？;；\n]", plain)
    )
