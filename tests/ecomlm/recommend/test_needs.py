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
        ("recommend a gift for a football fan", "football"),
        ("something for my brother, he is a huge Star Wars fan", "star wars"),
        ("a present for my uncle, who turned 60 and likes fishing", "fishing"),
        ("给儿子推荐一款书包", "书包"),
        ("送女儿的自行车", "自行车"),
        ("给我孙子推荐积木", "积木"),
        ("给外甥女推荐一款手表", "手表"),
        ("给舅舅推荐茶具，他爱喝茶", "茶具 喝茶"),
        ("奶奶爱养花，推荐点什么", "养花"),
    ],
)
def test_what_is_said_of_the_person_is_taken_away(said, need):
    left = tidy(need_of(said))
    assert (left if words(left, detect(left)) else "") == need


@pytest.mark.parametrize("kept", ["under $50", "16 gb", "size 42", "for a 6 year old", "预算300元", "6岁"])
def test_what_is_said_of_the_goods_stays(kept):
    assert kept in need_of(f"recommend a toy {kept}")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("recommend a fan for my bedroom", "fan"),
        ("can you recommend a ceiling fan?", "ceiling fan"),
        ("a stand for a table fan", "table fan"),
        ("recommend boots, my budget is 80", "budget is 80"),
        ("recommend running shoes, 42", "shoes, 42"),
        ("recommend a rug that is 80 by 200 cm", "80 by 200 cm"),
        ("推荐爱普生打印机", "爱普生打印机"),
        ("推荐一款爱国者录音笔", "爱国者录音笔"),
        ("推荐一个爱仕达炒锅", "爱仕达炒锅"),
        ("推荐一本孙子兵法", "孙子兵法"),
        ("给小朋友推荐绘本", "小朋友"),
    ],
)
def test_goods_that_sound_like_something_said_of_a_person_stay(said, kept):
    assert kept in need_of(said)


def test_a_maker_of_the_shop_keeps_its_name_after_a_relative():
    assert "爱国者录音笔" in need_of("送爸爸爱国者录音笔", ["爱国者"])
    assert "朋友茶" in need_of("推荐老朋友茶", ["老朋友"])


def test_an_age_is_taken_only_where_it_is_said_of_a_person():
    assert "42" not in need_of("recommend shoes for my father, 42, wide feet")
    assert "80" not in need_of("recommend boots for my grandpa who is 80")
