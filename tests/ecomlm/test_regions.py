"""Places belong to the regions that shops deliver to."""

import pytest

from ecomlm.evidence import Evidence
from ecomlm.regions import regions_in, with_regions
from ecomlm.rendering import excerpt


@pytest.mark.parametrize(
    ("text", "language", "told"),
    [
        ("do you ship to Germany?", "en", "do you ship to Germany? (European Union)"),
        ("shipping to London", "en", "shipping to London (United Kingdom)"),
        ("寄到法国要多少钱", "zh", "寄到法国要多少钱（欧盟）"),
        ("is Germany in the European Union", "en", "is Germany in the European Union"),
        ("a german shepherd calendar", "en", "a german shepherd calendar"),
        ("do you ship to Brazil?", "en", "do you ship to Brazil?"),
    ],
)
def test_a_question_gets_the_region_of_its_place(text, language, told):
    assert with_regions(text, language) == told


def test_both_languages_name_the_same_region():
    assert regions_in("from Paris to Tokyo") == regions_in("从巴黎到东京") == {"European Union", "Japan"}


@pytest.mark.parametrize(
    ("question", "language", "fee"),
    [
        ("how much is delivery to London", "en", "$18.90"),
        ("delivery fee for Japan?", "en", "$21.90"),
        ("寄到伦敦运费多少", "zh", "18.90"),
        ("送到悉尼运费", "zh", "21.90"),
    ],
)
def test_the_fee_that_is_quoted_is_that_of_the_place(question, language, fee):
    paragraphs = {
        "en": "Outside the United States we deliver as follows, and duties are paid at the checkout. "
        "Canada: the delivery fee is $12.90, free from $120. United Kingdom and European Union: $18.90, "
        "6 to 10 working days. Australia and Japan: $21.90, 7 to 12 working days.",
        "zh": "除美国外，我们按以下标准寄往其他国家和地区，部分国家的税费在结账时一并收取。"
        "加拿大：运费12.90美元，满120美元包邮。英国和欧盟：18.90美元，6至10个工作日送达。"
        "澳大利亚和日本：21.90美元，7至12个工作日送达。",
    }
    article = Evidence("article:abroad", "body.0", "article", paragraphs[language], language)
    assert fee in excerpt(article, question, language)
