"""Language and region codes in paths: ``/en/`` is a home page, ``/ai/`` and ``/go/`` are not."""

import re
from typing import Final

# ISO 639-1, without languages that have no web sites of their own: their codes are words
# elsewhere ("io", "ii", "pi", "vo").
_LANGUAGES = """
    af am ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fo fr fy ga gd gl gu ha he
    hi hr ht hu hy id ig is it iw ja jp ka kk kl km kn ko ku ky lb lo lt lv mg mi mk mn mr ms mt
    my nb ne nl nn no pa pl ps pt rm ro ru rw si sk sl sm sn so sq sr st su sv sw ta te tg th
    tk tl tn tr tt ug uk ur uz vi wo xh yi yo zh zu cn ua cz dk gr se
"""
# ISO 3166-1 and common short forms, without those that are better known as words or products:
# "ai", "io", "tv", "me", "ad", "as", "im", "pm", "ws".
_REGIONS = """
    ae af al am ao ar at au aw az ba bb bd be bf bg bh bj bm bn bo br bs bt bw by bz ca cd ch ci
    cl cm cn co cr cu cw cy cz de dk dm do dz ec ee eg es et eu fi fj fr ga gb ge gf gg gh gi gl
    gm gn gp gr gt gu gy hk hn hr ht hu id ie il in iq ir is it je jm jo jp ke kg kh kr kw ky kz
    la lb lc lk lr ls lt lu lv ly ma mc md mg mk mm mn mo mq mr mt mu mv mw mx my mz na nc ng
    ni nl no np nz om pa pe pf pg ph pk pl pr ps pt py qa re ro rs ru rw sa sc sd se sg si sk sl
    sm sn so sr sv sy sz td tg th tj tm tn tr tt tw tz ua ug uk us uy uz va ve vn xk ye za zm zw
"""
LANGUAGES: Final = frozenset(_LANGUAGES.split())
REGIONS: Final = frozenset(_REGIONS.split())
SCRIPTS: Final = frozenset({"hans", "hant", "latn", "cyrl", "arab", "intl"})
CODE: Final = re.compile(r"[a-z]{2}(?:[-_][a-z]{2,4})?\Z")


def is_locale(text: str) -> bool:
    """Return whether ``text`` is a code such as ``en``, ``uk``, ``pt-br``, ``us_en``."""
    letters = text.lower()
    if CODE.match(letters) is None:
        return False
    first, second = letters[:2], letters[3:]
    if not second:
        return first in LANGUAGES or first in REGIONS
    known = REGIONS | SCRIPTS | LANGUAGES
    return (first in LANGUAGES and second in known) or (first in REGIONS and second in LANGUAGES)
