import pytest

from ecomlm.language import detect, words
from ecomlm.recommend.needs import need_of
from ecomlm.search.reading import tidy


@pytest.mark.parametrize(
    ("said", "need"),
    [
        ("recommend something for my father, 70, likes fishing", "fishing"),
        ("Can you recommend a gift for a coffee lover?", "coffee"),
        ("a present for my sister who is into yoga", "yoga"),
        ("something for my grandma who is 82 and loves gardening", "gardening"),
        ("给我爸爸推荐点东西，70岁，喜欢钓鱼", "钓鱼"),
        ("爷爷喜欢喝茶，送什么好", "喝茶"),
        ("推荐一个适合送妈妈的礼物", ""),
        ("推荐一下", ""),
        ("What do you recommend?", ""),
    ],
)
def test_what_is_said_of_the_person_is_taken_away(said, need):
    left = tidy(need_of(said))
    assert (left if words(left, detect(left)) else "") == need


@pytest.mark.parametrize("kept", ["under $50", "16 gb", "size 42", "for a 6 year old", "预算300元", "6岁"])
def test_what_is_said_of_the_goods_stays(kept):
    assert kept in need_of(f"recommend a toy {kept}")
