"""Undeclared encodings and deep nesting, which BeautifulSoup handles."""
# ruff: noqa: RUF001 - the letters of other scripts are meant

import pytest

from clustering.pipeline.finders.markup import decode, parse
from clustering.pipeline.finders.page import read_page
from clustering.pipeline.finders.ranking import candidates
from clustering.pipeline.finders.soup import MAX_DEPTH, MAX_TAGS, guessed_encoding

URL = "https://otterbrook.com/"
LOGO = '<a href="/"><img src="/logo.png" alt="Otterbrook"></a>'
TEXTS = {
    "cp1251": "Добро пожаловать в магазин выдры. Доставка по всей стране, оплата при получении.",
    "koi8-r": "Добро пожаловать в магазин выдры. Доставка по всей стране, оплата при получении.",
    "cp1253": "Καλώς ήρθατε στο κατάστημα της βίδρας, με τις καλύτερες τιμές για όλους.",
    "cp1255": "ברוכים הבאים לחנות הלוטרה שלנו באינטרנט עם המחירים הטובים ביותר",
    "cp1256": "مرحبا بكم في متجر ثعلب الماء على الإنترنت مع أفضل الأسعار للجميع",
    "gb18030": "水獭商店欢迎您，河流用品的最佳价格，全国配送。",
    "big5": "水獺商店歡迎您，河流用品的最佳價格，全國配送。",
    "cp932": "カワウソの店へようこそ。最高の価格で川のすべてを。全国に配送します。",
    "euc_jp": "カワウソの店へようこそ。最高の価格で川のすべてを。全国に配送します。",
    "cp949": "수달 가게에 오신 것을 환영합니다. 전국으로 배송합니다.",
}


@pytest.mark.parametrize("encoding", TEXTS)
def test_undeclared_encoding_is_detected(encoding: str) -> None:
    html = f"<title>{TEXTS[encoding]}</title>{LOGO}<p>{TEXTS[encoding] * 20}</p>"

    assert decode(html.encode(encoding)) == html


@pytest.mark.parametrize(
    "text",
    [
        "Välkommen till vår affär på nätet. Här hittar du möbler för hela familjen.",
        "Loja de calçados: promoções, botões, peças e acessórios à sua disposição.",
        "© 2019 Otterbrook – Café",
        "ö",
    ],
)
def test_latin_text_is_read_as_cp1252(text: str) -> None:
    assert decode(f"<p>{text * 6}</p>".encode("cp1252")) == f"<p>{text * 6}</p>"


@pytest.mark.parametrize("body", [b"", b"plain", b"\xff", b"\x81<", bytes(range(256)) * 400])
def test_binary_input_is_decoded_without_error(body: bytes) -> None:
    assert guessed_encoding(body) == "cp1252"


@pytest.mark.parametrize("unit", ["<p><font size=2>", "<div>", "<o:p><b @x=1 x='&#1;'>&#2;é"])
def test_logo_in_deep_nesting_is_found(unit: str) -> None:
    html = f"<title>Otterbrook</title>{unit * 3000}<header>{LOGO}</header>"

    page = read_page(URL, html.encode())

    (image,) = page.elements("img")
    assert len(list(image.iterancestors())) <= MAX_DEPTH + 2
    assert candidates(page)[0].source_url == f"{URL}logo.png"


def test_deep_elements_become_siblings_in_order() -> None:
    words = [f"w{number}" for number in range(3000)]
    deep = "".join(f"<div>{word} " for word in words)

    assert parse(deep.encode()).text_content().split() == words


def test_comments_and_scripts_of_a_deep_page_give_no_elements() -> None:
    html = f"{'<div>' * 3000}<!-- {LOGO} --><script>'{LOGO}'</script>"

    assert read_page(URL, html.encode()).elements("img") == []


def test_deep_page_with_too_many_tags_uses_lxml() -> None:
    html = f"<header>{LOGO}</header>{'<div>' * MAX_TAGS}"

    assert candidates(read_page(URL, html.encode()))[0].source_url == f"{URL}logo.png"
