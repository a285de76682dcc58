"""The sentences that frame results, in the shopper's language; every number in them is passed in.

Knows nothing of where the numbers come from. What the bot says of itself (greetings, small talk) is in
`responses.yml`; what it says of records is here.
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.records import Language

_SENTENCES: dict[str, tuple[str, str]] = {
    "suggestion.1": ("Waterproof hiking boots under $150", "150美元以下的防水登山鞋"),
    "suggestion.2": ("What is your cheapest tent?", "最便宜的帐篷是哪款？"),
    "suggestion.3": ("How long do I have to return shoes?", "鞋子多久内可以退？"),
    "suggestion.4": ("Talk to a person", "转人工客服"),
    "card.no_price": ("price on request", "价格请咨询"),
    "card.from": ("from {price}", "{price}起"),
    "card.in_stock": ("In stock", "有货"),
    "card.low_stock": ("Only {count} left", "仅剩{count}件"),
    "card.out_of_stock": ("Sold out", "已售罄"),
    "card.preorder": ("Pre-order", "可预订"),
    "card.backorder": ("On backorder", "缺货可订"),
    "card.option": ("{label}: {values}", "{label}：{values}"),
    "source.title": ("Title", "标题"),
    "source.price": ("Price", "价格"),
    "source.stock": ("Availability", "库存"),
    "source.variant": ("Options", "款式"),
    "source.attribute": ("Specification", "参数"),
    "source.highlight": ("Highlight", "特点"),
    "source.description": ("Description", "商品描述"),
    "source.review": ("Buyer's review", "买家评价"),
    "source.article": ("Shop information", "店铺说明"),
    "source.community": ("Buyers' answers", "买家问答"),
    "find.exact_one": ("This is the one that fits.", "符合要求的有这一件。"),
    "find.exact_some": ("These {total} fit what you asked for.", "符合要求的有这 {total} 件。"),
    "find.exact_many": (
        "{total} products fit; these {shown} come first.",
        "共有 {total} 件符合要求，先看最相关的 {shown} 件。",
    ),
    "find.at_least": ("{total} or more", "至少 {total}"),
    "find.superlative": ("{answer}, of all {total} that fit.", "符合条件的 {total} 件中，{answer}。"),
    "find.superlative_one": ("{answer}.", "{answer}。"),
    "find.first": ("{title} comes first", "排在最前的是{title}"),
    "find.first_by": ("{title} comes first ({label}: {value})", "排在最前的是{title}（{label}：{value}）"),
    "find.unmet": (
        "I found nothing that meets this: {unmet}. These come closest.",
        "没有符合“{unmet}”的商品，最接近的是这些。",
    ),
    "find.unstated": (
        "No page of ours states this: {unmet}. Without it, these come closest.",
        "没有商品页写明“{unmet}”。不看这一条，最接近的是这些。",
    ),
    "find.unmet_note": ("Not met: {unmet}", "未满足：{unmet}"),
    "find.nothing": (
        "I found nothing like that in our shop. Try other words, or tell me a bit more.",
        "店里没有找到这样的商品。可以换个说法，或者多告诉我一些要求。",
    ),
    "find.sold_out": ("All of these are sold out at the moment.", "这些商品目前都已售罄。"),
    "find.cheapest": ("The cheapest is {title} at {price}", "最便宜的是{title}，{price}"),
    "find.dearest": ("The most expensive is {title} at {price}", "最贵的是{title}，{price}"),
    "find.cheaper_none": (
        "Nothing that fits is cheaper: {price} is the lowest price. These come closest.",
        "没有更便宜的同类商品了，最低价是{price}。最接近的是这些。",
    ),
    "ask.summary": ("{title}: {facts}.", "{title}：{facts}。"),
    "ask.which": ("Which product do you mean? Perhaps one of these:", "您说的是哪件商品？可能是这些之一："),
    "ask.which_none": (
        "Which product do you mean? Tell me its name, or open its page.",
        "您说的是哪件商品？请告诉我名称，或打开它的商品页。",
    ),
    "ask.no_such_number": (
        "There is no such number: I showed {count} just now.",
        "我刚才只展示了 {count} 件商品，请换个序号。",
    ),
    "ask.about": ("About {title}: ", "关于{title}："),
    "ask.variant": ("{option}: {facts}.", "{option}：{facts}。"),
    "ask.form_in_stock": ("in stock in {values}", "{values}有货"),
    "ask.form_sold_out": ("sold out in {values}", "{values}已售罄"),
    "ask.no_such_option": (
        "{title} does not come in {option}. {options}.",
        "{title}没有{option}这一款。{options}。",
    ),
    "ask.buyers": ("Buyers wrote, though:", "不过买家这样写道："),
    "ask.person": ("I can pass your question to a person.", "我可以请人工客服为您解答。"),
    "policy.silent": ("I found nothing about that in our shop's information.", "店铺说明里没有提到这一点。"),
    "quote": ("“{text}”", "“{text}”"),
    "compare.need_two": (
        "Which products shall I compare? Search for some first, then say “compare the first two”.",
        "您想比较哪几件商品？先搜索几件，再说“比较第一个和第二个”。",
    ),
    "compare.head": ("Here is how they differ, from their records:", "根据商品资料，区别如下："),
    "compare.for": ("For {use}, their records say:", "就“{use}”来看，商品资料显示："),
    "compare.depends": (
        "Which is better depends on what you need. Their records say:",
        "哪个更好取决于您的用途。商品资料显示：",
    ),
    "compare.line": ("\n• {text}.", "\n• {text}。"),
    "compare.unstated": ("{label}: not stated for {names}", "{label}：{names}未说明"),
    "compare.no_verdict": (
        "For {use}, nothing in their records tells which is better.",
        "就“{use}”来看，商品资料无法说明哪个更好。",
    ),
    "compare.table_only": ("Their records name no clear advantage.", "商品资料中没有明显的优劣。"),
    "compare.first_of": (
        "I compared the first {count} of {total}.",
        "比较了 {total} 件中的前 {count} 件。",
    ),
    "compare.only_shown": ("Only {count} were shown.", "刚才只展示了 {count} 件。"),
    "compare.unknown": (
        "I found no product called “{name}” to compare with.",
        "没有找到叫“{name}”的商品，无法比较。",
    ),
    "compare.missing": ("not stated", "未说明"),
    "compare.same": ("Their records show no differing facts.", "资料中没有不同之处。"),
    "compare.title": ("Comparison of {count} products", "{count} 件商品对比"),
    "compare.mark": ("better", "更优"),
    "compare.more": ("{count} more differences are on the product pages.", "另有 {count} 处不同，见商品页。"),
    "reviews.none": ("Nobody has reviewed {title} yet.", "{title}还没有买家评价。"),
    "reviews.summary": (
        "{title} has {count} reviews, {average} of 5 stars on average over {rated} ratings.",
        "{title}共有 {count} 条评价，{rated} 个评分的平均分为 {average} 星（满分 5 星）。",
    ),
    "reviews.unrated": (
        "{title} has {count} reviews without stars.",
        "{title}共有 {count} 条评价，没有星级。",
    ),
    "reviews.so_far": (
        "So far I have read {read} of its {total} reviews, the newest first.",
        "它共有 {total} 条评价，目前从最新的读起已读 {read} 条。",
    ),
    "reviews.bars": ("What buyers say, of {of} reviews", "买家评价要点（共 {of} 条）"),
    "reviews.bar": ("{aspect}: {praise}, {blame}", "{aspect}：{praise}，{blame}"),
    "reviews.praise": ("{count} of {of} praise it", "{of} 条中 {count} 条好评"),
    "reviews.blame": ("{count} of {of} complain", "{of} 条中 {count} 条不满"),
    "reviews.about": ("On that, buyers wrote:", "关于这一点，买家这样说："),
    "reviews.some": ("Some of what buyers wrote:", "部分买家评价："),
    "reviews.line": ("{stars}“{text}” [{number}]", "{stars}“{text}” [{number}]"),
    "stars": ("{rating}★ ", "{rating}★ "),
    "recommend.head": (
        "From what is in stock, I would look at these; each card says why.",
        "有现货的商品里，推荐您看看这几件，理由写在卡片上。",
    ),
    "recommend.head_open": ("I would look at these:", "推荐您看看这几件："),
    "recommend.unmet": (
        "Nothing that can be had meets this: {unmet}. These come closest.",
        "没有符合“{unmet}”、现在能买到的商品，最接近的是这些。",
    ),
    "recommend.with": ("This goes with {title}:", "可以和{title}搭配的有："),
    "recommend.alike": ("Similar to {title}, and in stock:", "与{title}类似、有现货的有："),
    "recommend.alike_open": ("Similar to {title}:", "与{title}类似的有："),
    "recommend.no_pair": (
        "Nothing that can be had goes with {title} as far as I can tell.",
        "目前没有找到能和{title}搭配的现货商品。",
    ),
    "recommend.no_alike": (
        "Nothing else that can be had is like {title}.",
        "目前没有与{title}类似的其他现货商品。",
    ),
    "recommend.no_pair_fits": (
        "Nothing that can be had goes with {title} and fits this: {unmet}.",
        "没有能和{title}搭配、又符合“{unmet}”的现货商品。",
    ),
    "recommend.no_alike_fits": (
        "Nothing else that can be had is like {title} and fits this: {unmet}.",
        "没有与{title}类似、又符合“{unmet}”的其他现货商品。",
    ),
    "recommend.off_need_open": (
        "Our shop has nothing in stock that has to do with “{need}”. This is what else there is:",
        "店里没有与“{need}”相关的现货商品。店里还有这些：",
    ),
    "recommend.off_need": (
        "Our shop has nothing in stock that has to do with “{need}”. Shoppers often choose these:",
        "店里没有与“{need}”相关的现货商品。其他顾客常选的有：",
    ),
    "recommend.not_ready": (
        "I am still reading what goes with what in this shop. Please ask again in a minute.",
        "我正在读取店里的搭配数据，请过一分钟再问我。",
    ),
    "recommend.nothing": (
        "Nothing in stock fits that: {unmet}.",
        "没有符合“{unmet}”的现货商品。",
    ),
    "handoff.marked": (
        "I have marked this conversation for our team, so that a person can answer it.",
        "我已将这段对话标记给我们的团队，由人工客服答复您。",
    ),
    "talk.nothing_pending": ("All right. What can I do for you?", "好的，需要我做什么？"),
    "talk.dropped": ("All right, I will leave it.", "好的，那就先不处理。"),
    "button.handoff": ("Talk to a person", "转人工客服"),
    "button.reviews": ("What do buyers say?", "买家怎么评价？"),
    "button.cheaper": ("Cheaper ones", "便宜点的"),
    "button.in_stock": ("Only in stock", "只看有货的"),
    "button.compare": ("Compare the first two", "比较前两件"),
    "failure.timeout": (
        "Sorry, that took too long. Please try again.",
        "抱歉，这次回复超时了，请再试一次。",
    ),
    "failure.engine": (
        "Sorry, I cannot write a reply just now. Please try again in a moment.",
        "抱歉，我暂时无法回复，请稍后再试。",
    ),
    "failure.internal": (
        "Sorry, something went wrong on our side. Please try again.",
        "抱歉，我们这边出了点问题，请再试一次。",
    ),
    "failure.rate": (
        "That was a lot of messages at once. Please wait {seconds} seconds.",
        "消息发送得太快了，请等待 {seconds} 秒后再试。",
    ),
    "failure.too_long": (
        "Please keep messages under {limit} characters.",
        "请将消息控制在 {limit} 个字以内。",
    ),
}


def say(sentence: str, language: Language, **values: object) -> str:
    """Return a framing sentence by its name, with its values filled in."""
    english, chinese = _SENTENCES[sentence]
    return (chinese if language == "zh" else english).format(**values)


def join(parts: Iterable[str], language: Language) -> str:
    """Return a list in words."""
    return ("、" if language == "zh" else ", ").join(parts)


def failure_text(code: str, language: Language, **values: object) -> str:
    """Return what a shopper reads when something failed."""
    return say(f"failure.{code}", language, **values)
