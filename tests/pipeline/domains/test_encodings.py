"""Code pages are guessed from a few names."""

import pytest

from clustering.pipeline.domains.encodings import guess


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp1251", "Компания;Сайт\nСеверный свет;nordlicht-bau.de"),
        ("cp1251", "Ромашка,romashka.com"),
        ("iso8859_5", "Компания;Сайт\nСеверный свет;nordlicht-bau.ru"),
        ("iso8859_2", "Żabka Łódź;zabka.pl\nŚwięty ąź;sw.pl"),
        ("koi8_u", "пример,primer.ru\nмосква,moskva.ru"),
        ("cp866", "Компания;Сайт\nСеверный свет;nordlicht-bau.de"),
        ("cp1250", "Żabka Łódź;zabka.pl\nŚwięty;sw.pl"),
        ("cp1250", "Název;Web\nŘetěz;retez.cz"),
        ("cp1250", "Škoda Auto;skoda-auto.cz"),
        ("cp1252", "société,site\nCafé élan,cafe.fr"),
        ("cp1252", "größe.de\nmüller.de"),
        ("cp1252", "Søren Ågård,soren.dk"),
        ("cp1253", "Εταιρεία;Ιστός\nΚαφέ;kafe.gr"),
        ("cp1254", "Şirket;Site\nÇiçek Dağı ışık;cicek.com.tr"),
        ("cp1255", "חברה;אתר\nשלום;shalom.co.il"),
        ("cp1256", "شركة;موقع\nالسلام;salam.ae"),
        ("cp1257", "Įmonė;Svetainė\nŽalgirio ąžuolas;zalgiris.lt"),
        ("cp1251", "кофе-дом.рф\nстройка-дом.рф"),
        ("koi8_u", "кофе-дом.рф\nстройка-дом.рф"),
        ("cp866", "кофе-дом.рф\nстройка-дом.рф"),
        ("cp932", "珈琲店.jp\naaa.de\nbbb.de"),
        ("cp850", "Müller Größe;mueller.de"),
        ("cp932", "会社名,ホームページ\nソニー,sony-shop.de\nカフェ能,cafe.ch"),
        ("gb18030", "公司;网站\n北京科技;bj.cn"),
        ("big5", "公司;網站\n台北科技;tp.tw"),
        ("cp932", "会社;サイト\n東京コーヒー;tokyo.jp"),
        ("cp949", "회사;사이트\n서울커피;seoul.kr"),
    ],
)
def test_the_code_page_of_a_short_list_is_found(codec: str, text: str) -> None:
    assert text.encode(codec).decode(guess(text.encode(codec))) == text
