"""What the shoppers of the benchmark ask: searches, and questions made from the records of a catalogue.

Drawn with a seed, half of them in Chinese. Knows nothing of servers or timings.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from knowledge.records import Attribute, Product

Asked = tuple[str, str | None]

SEARCHES: dict[str, tuple[str, ...]] = {
    "sample": (
        "waterproof hiking boots under $150",
        "150美元以下的防水登山鞋",
        "what is your most expensive camera?",
        "最便宜的帐篷",
        "noise cancelling headphones",
        "降噪耳机",
        "a gift for a 6 year old under $40",
        "适合六岁孩子的玩具",
        "laptop bag that is waterproof",
        "防水的电脑包",
        "something for dry skin",
        "油皮用的洁面",
        "black t-shirt in size M",
        "加绒卫衣",
        "coffee beans for espresso",
        "低因咖啡",
        "standing desk",
        "无线吸尘器",
        "cast iron pan",
        "电饭煲",
    ),
    "icecat": (
        "notebook with 16 GB of memory under $1500",
        "1500美元以下的笔记本电脑",
        "most expensive projector",
        "最便宜的鼠标",
        "black toner cartridge for HP",
        "惠普黑色硒鼓",
        "2 m HDMI cable",
        "两米网线",
        "27 inch monitor",
        "4K显示器",
        "wireless keyboard in black",
        "无线键盘",
        "external hard drive 1 TB",
        "移动硬盘",
        "headset with microphone",
        "蓝牙耳机",
        "network switch 24 ports",
        "打印机墨盒",
        "camera with a zoom lens",
        "笔记本电池",
    ),
}
_OPEN = (
    ("Is it worth the money?", "值得买吗？"),
    ("What do people use it for?", "主要用来做什么？"),
    ("Is it easy to use?", "用起来方便吗？"),
    ("What is special about it?", "有什么特别之处？"),
    ("Is it good for a small room?", "小房间适合用吗？"),
)


def searches(shop: str, count: int, seed: int) -> list[Asked]:
    """Draw searches of a shop, none of them twice: what was asked before is remembered."""
    texts = SEARCHES[shop]
    return [(text, None) for text in random.Random(seed).sample(texts, min(count, len(texts)))]


def questions(products: Sequence[Product], count: int, seed: int) -> list[Asked]:
    """Draw questions about products, each on another page: two in three about a fact of the record."""
    draw = random.Random(seed)
    told = [product for product in products if product.attributes]
    chosen = draw.sample(told, min(count, len(told)))
    return [(_question(product, number, draw), product.id) for number, product in enumerate(chosen)]


def _question(product: Product, number: int, draw: random.Random) -> str:
    is_chinese = number % 2 == 1
    if number % 3 == 2:
        return draw.choice(_OPEN)[is_chinese]
    return about(draw.choice(product.attributes), is_chinese=is_chinese)


def about(attribute: Attribute, *, is_chinese: bool) -> str:
    """Ask for a fact by its name."""
    name = attribute.label.best("zh" if is_chinese else "en") or attribute.key.replace("_", " ")
    if isinstance(attribute.value, bool):
        return f"这款有{name}吗？" if is_chinese else f"Does it have {name.lower()}?"
    return f"它的{name}是多少？" if is_chinese else f"What is its {name.lower()}?"
