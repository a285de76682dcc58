"""Words for conditions that every shop knows: colours, features, superlatives.

Tables only. Knows nothing of catalogues or how a question is read.
"""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.records import Text


@dataclass(frozen=True, slots=True)
class Superlative:
    """Ask for the extreme of one fact over everything that fits: price, released, rating or attributes."""

    fact: str
    is_highest: bool
    keys: tuple[str, ...] = ()
    label: Text = Text()


# English names | Chinese names; the first of each is how the shop says it.
_COLOURS = """
black|jet black|noir	黑色|黑
white|ivory white	白色|白
grey|gray|graphite	灰色|灰
silver	银色|银白
red|crimson|scarlet|burgundy	红色|红
blue|navy|navy blue|azure|cobalt	蓝色|蓝|藏青
green|emerald	绿色|绿
yellow|mustard	黄色|黄
orange	橙色|橘色
purple|violet|lavender	紫色|紫
pink|rose	粉色|粉红|粉
brown|tan	棕色|棕|褐色|咖啡色
beige	米色|米白|米黄
gold|golden	金色
rose gold	玫瑰金
turquoise|teal	青色|湖蓝|蓝绿色
khaki	卡其色|卡其
multicolour|multicolor|colourful	彩色|多色
transparent	透明
"""

_FEATURES = """
waterproof|water-proof|water proof|water-resistant|water resistant	防水
wireless|cordless	无线
bluetooth	蓝牙
rechargeable	可充电|充电式
foldable|folding|collapsible	可折叠|折叠
vegan	纯素|素食
organic	有机
gluten-free|gluten free	无麸质
sugar-free|sugar free	无糖
washable|machine washable|machine-washable	可机洗|可水洗
dishwasher safe|dishwasher-safe	可用洗碗机|可放洗碗机|洗碗机适用
insulated	保温
portable	便携|便携式
noise-cancelling|noise cancelling|noise canceling|noise-canceling	降噪
fragrance-free|fragrance free|unscented	无香料|无香
handmade	手工
windproof	防风
touchscreen|touch screen	触摸屏|触屏
"""

_SIZE_KEYS = (
    "screen_size", "display_diagonal", "capacity", "volume", "storage", "size", "diameter", "height",
    "length", "width",
)  # fmt: skip
_BATTERY_KEYS = ("battery_life", "playback_time", "runtime", "battery")

_SUPERLATIVES: tuple[tuple[str, Superlative], ...] = (
    (
        r"\b(?:the\s+)?(?:cheapest|least expensive|lowest[- ]priced?|lowest price|most affordable)\b"
        r"|\b(?:got )?(?:some|any)thing (?:really |very )?(?:cheap|inexpensive|affordable)\b"
        r"|最便宜|价格最低|最低价|最实惠|最划算|便宜(?:点|一点)?的?(?:东西|商品|宝贝)|(?:东西|商品)便宜",
        Superlative("price", False, label=Text("price", "价格")),
    ),
    (
        r"\b(?:the\s+)?(?:most expensive|priciest|dearest|highest[- ]priced?|highest price|costliest)\b"
        r"|最贵|价格最高|最高价|最昂贵",
        Superlative("price", True, label=Text("price", "价格")),
    ),
    (
        r"\b(?:the\s+)?(?:newest|latest|most recent)\b|最新款?|最近上市",
        Superlative("released", True, label=Text("release", "上市日期")),
    ),
    (r"\b(?:the\s+)?oldest\b|最老"
     r"|最早上市", Superlative("released", False, label=Text("release", "上市日期"))),
    (
        r"\b(?:the\s+)?(?:lightest|least heavy)\b|最轻便?|重量最轻",
        Superlative("number", False, ("weight", "net_weight", "product_weight"), Text("weight", "重量")),
    ),
    (
        r"\b(?:the\s+)?heaviest\b|最重",
        Superlative("number", True, ("weight", "net_weight", "product_weight"), Text("weight", "重量")),
    ),
    (
        r"\blongest battery(?: life)?\b|续航最(?:长|久)|电池最耐用",
        Superlative("number", True, _BATTERY_KEYS, Text("battery life", "续航")),
    ),
    (
        r"\b(?:the\s+)?(?:biggest|largest|most spacious|roomiest)\b|最大",
        Superlative(
            "number",
            True,
            _SIZE_KEYS,
            Text("size", "大小"),
        ),
    ),
    (
        r"\b(?:the\s+)?(?:smallest|most compact|tiniest)\b|最小",
        Superlative(
            "number",
            False,
            _SIZE_KEYS,
            Text("size", "大小"),
        ),
    ),
    (r"\b(?:the\s+)?longest\b"
     r"|最长", Superlative("number", True, ("length", "cable_length"), Text("length", "长度"))),
    (r"\b(?:the\s+)?shortest\b"
     r"|最短", Superlative("number", False, ("length", "cable_length"), Text("length", "长度"))),
    (
        r"\b(?:the\s+)?(?:best[- ]rated|top[- ]rated|highest[- ]rated|best reviewed)\b|评价最(?:好|高)"
        r"|评分最高|口碑最好",
        Superlative("rating", True, label=Text("rating", "评分")),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Names:
    """One thing with all its spellings."""

    label: Text
    names: tuple[str, ...]


def _table(lines: str) -> tuple[Names, ...]:
    found = []
    for line in lines.strip().splitlines():
        english, chinese = (column.split("|") for column in line.split("\t"))
        found.append(Names(Text(english[0], chinese[0]), (*english, *chinese)))
    return tuple(found)


COLOURS = _table(_COLOURS)
FEATURES = _table(_FEATURES)
SUPERLATIVES = _SUPERLATIVES

# What a question calls a measured fact -> parts of the attribute keys that may hold it.
MEASURES: dict[str, tuple[str, ...]] = {
    "ram": ("ram", "internal_memory", "memory"),
    "memory": ("ram", "internal_memory", "memory"),
    "内存": ("ram", "internal_memory", "memory"),
    "storage": ("storage", "ssd", "hdd", "hard_drive", "drive_capacity"),
    "ssd": ("ssd", "storage"),
    "存储": ("storage", "ssd", "hdd", "hard_drive"),
    "硬盘": ("storage", "ssd", "hdd", "hard_drive"),
    "screen": ("screen", "display", "diagonal"),
    "display": ("screen", "display", "diagonal"),
    "屏": ("screen", "display", "diagonal"),
    "battery": ("battery",),
    "续航": ("battery",),
    "电池": ("battery",),
    "weigh": ("weight",),
    "weight": ("weight",),
    "light": ("weight",),
    "heav": ("weight",),
    "重": ("weight",),
    "轻": ("weight",),
    "capacity": ("capacity", "volume"),
    "容量": ("capacity", "volume"),
    "long": ("length",),
    "length": ("length",),
    "长": ("length",),
    "wide": ("width",),
    "width": ("width",),
    "宽": ("width",),
    "tall": ("height",),
    "high": ("height",),
    "height": ("height",),
    "高": ("height",),
    "power": ("power", "watt"),
    "功率": ("power", "watt"),
    "diameter": ("diameter",),
    "直径": ("diameter",),
}

# Where a question only names a unit: which attributes it means, the likeliest first.
USUAL_KEYS: dict[str, tuple[str, ...]] = {
    "mass": ("weight",),
    "screen": ("screen", "display", "diagonal", "laptop"),
    "storage": ("storage", "capacity", "ssd", "memory", "ram"),
    "volume": ("capacity", "volume"),
    "time": ("battery_life", "playback", "runtime", "time"),
    "length": ("length", "height", "width", "diameter"),
    "power": ("power", "watt"),
    "charge": ("battery", "capacity"),
    "frequency": ("refresh", "frequency", "processor"),
    "pixels": ("resolution", "megapixel", "pixels"),
}
