"""What the storefront's pages say around the records, in both languages. Knows nothing of the records."""

from __future__ import annotations

from knowledge.records import Language

_WORDS: dict[str, tuple[str, str]] = {
    "about": ("About this product", "商品介绍"),
    "all_departments": ("All departments", "全部分类"),
    "all_brands": ("All brands", "全部品牌"),
    "all_categories": ("All categories", "全部类别"),
    "browse": ("Browse", "全部商品"),
    "all_of": ("All", "全部"),
    "articles": ("Help & guides", "帮助与指南"),
    "articles_lead": ("Delivery, returns, payment, sizes and care.", "配送、退换货、付款、尺码与保养。"),
    "ask": ("Ask about this product", "咨询这件商品"),
    "ask_anything": ("Ask the assistant", "问问助手"),
    "back_home": ("Back to the shop", "返回首页"),
    "by_stars": ("{stars} stars: {count}", "{stars} 星：{count}"),
    "choose": ("Sizes and colours", "规格与库存"),
    "consent": (
        "May we remember what you look at, to suggest what suits you?",
        "可以记住您看过的商品，以便为您推荐吗？",
    ),
    "consent_forget": ("Forget what I looked at", "删除我的浏览记录"),
    "consent_no": ("No", "不可以"),
    "consent_yes": ("Yes", "可以"),
    "details": ("Details", "详细参数"),
    "empty_articles": ("No articles have been written yet.", "暂时还没有文章。"),
    "empty_section": ("Nothing here matches.", "这里没有符合条件的商品。"),
    "empty_shop": ("The shelves are still empty.", "货架上还没有商品。"),
    "empty_shop_lead": (
        "Bring in your products: python -m knowledge import products.csv",
        "导入您的商品：python -m knowledge import products.csv",
    ),
    "from": ("from {price}", "{price} 起"),
    "hero": ("Find it, or just ask.", "想找什么，直接问。"),
    "hero_lead": (
        "Browse {count} products, or ask our assistant: every answer rests on our own pages and says where.",
        "店内共有 {count} 件商品，您可以随意逛逛，也可以问助手：每个回答都出自本店资料，并注明来源。",
    ),
    "highlights": ("In short", "亮点"),
    "home": ("Home", "首页"),
    "in_stock": ("In stock", "有货"),
    "in_stock_only": ("In stock only", "只看有货"),
    "item": ("Item", "商品"),
    "language": ("中文", "English"),
    "left": ("{count} left", "仅剩 {count} 件"),
    "nearest": (
        "Nothing meets every condition. These come nearest.",
        "没有完全符合条件的商品，以下最为接近。",
    ),
    "new": ("New in the shop", "新品上架"),
    "next": ("Next", "下一页"),
    "no_reviews": ("Nobody has reviewed this yet.", "暂时还没有评价。"),
    "not_found": ("This page has gone for a walk.", "这个页面走丢了。"),
    "not_found_lead": (
        "The address may be misspelt, or the product is no longer sold.",
        "可能是地址有误，或者商品已经下架。",
    ),
    "not_told": ("Availability on request", "库存请咨询"),
    "nothing_found": ("Nothing found for “{query}”.", "没有找到“{query}”。"),
    "nothing_found_lead": (
        "Try fewer or other words, or ask the assistant.",
        "换个说法，或者少用几个词试试，也可以问问助手。",
    ),
    "no_price": ("Price on request", "价格请咨询"),
    "order_by": ("Sort by", "排序"),
    "order.featured": ("Featured", "默认"),
    "order.newest": ("Newest", "最新"),
    "order.price_down": ("Price, high to low", "价格从高到低"),
    "order.price_up": ("Price, low to high", "价格从低到高"),
    "page_of": ("Page {page} of {pages}", "第 {page} / {pages} 页"),
    "previous": ("Previous", "上一页"),
    "price": ("Price", "价格"),
    "products": ("{count} products", "{count} 件商品"),
    "product_one": ("1 product", "1 件商品"),
    "results": ("Results for “{query}”", "“{query}”的搜索结果"),
    "reviews": ("What buyers say", "买家评价"),
    "review_count": ("{count} reviews", "{count} 条评价"),
    "review_count_one": ("1 review", "1 条评价"),
    "search": ("Search", "搜索"),
    "search_hint": ("Search products", "搜索商品"),
    "show": ("Apply", "应用"),
    "similar": ("More like this", "同类商品"),
    "skip": ("Skip to content", "跳到正文"),
    "sku": ("Item number", "货号"),
    "sold_out": ("Sold out", "已售罄"),
    "stars": ("{stars} out of 5 stars", "{stars} 星（满分 5 星）"),
    "stock": ("Availability", "库存"),
    "updated": ("Updated {date}", "更新于 {date}"),
    "verified": ("Verified purchase", "已购买"),
    "was": ("was", "原价"),
}


def word(name: str, language: Language, **values: object) -> str:
    """Return a wording by its name, with its values filled in."""
    english, chinese = _WORDS[name]
    text = chinese if language == "zh" else english
    return text.format(**values) if values else text


_TOPICS: dict[str, tuple[str, str]] = {
    "account": ("Your account", "账户"),
    "care": ("Care", "保养"),
    "contact": ("Contact", "联系我们"),
    "delivery": ("Delivery", "配送"),
    "gift_cards": ("Gift cards", "礼品卡"),
    "orders": ("Orders", "订单"),
    "payment": ("Payment", "付款"),
    "price": ("Prices", "价格"),
    "privacy": ("Privacy", "隐私"),
    "returns": ("Returns", "退换货"),
    "size_guide": ("Size guides", "尺码指南"),
    "warranty": ("Warranty", "保修"),
}


def topic_name(topic: str, language: Language) -> str:
    """Return an article topic as a heading; a topic without a translation as it is written."""
    known = _TOPICS.get(topic.casefold().replace(" ", "_"))
    if known:
        return known[1 if language == "zh" else 0]
    return topic.replace("_", " ").replace("-", " ").capitalize()
