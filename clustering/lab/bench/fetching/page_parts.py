"""Pieces of home pages: cards, texts, menus, icons, scripts and styles, in variants."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Final

N_VARIANTS: Final = 40
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Pieces:
    """Variants of each kind of piece."""

    cards: tuple[bytes, ...]
    texts: tuple[bytes, ...]
    menus: tuple[bytes, ...]
    icons: tuple[bytes, ...]
    scripts: tuple[bytes, ...]
    styles: tuple[bytes, ...]


@cache
def pieces() -> Pieces:
    """Return the pieces; deterministic."""
    random = Random(7)  # noqa: S311 - deterministic test data
    return Pieces(
        cards=_variants(_card, random),
        texts=_variants(_text, random),
        menus=_variants(_menu, random),
        icons=_variants(_icon, random),
        scripts=_variants(_script, random),
        styles=_variants(_style, random),
    )


def _variants(make: Callable[[Random], str], random: Random) -> tuple[bytes, ...]:
    return tuple(make(random).encode() for _ in range(N_VARIANTS))


def _card(random: Random) -> str:
    number, name = random.randrange(99_999), _words(random, 4)
    return (
        f'<div class="grid__item product-card col-6 col-md-3" data-id="{number}">'
        f'<a href="/products/{number}?ref=grid" class="product-card__link" title="{name}">'
        f'<img class="product-card__image lazyload" loading="lazy" width="360" height="360" '
        f'src="/cdn/shop/{number}_360x.jpg" alt="{name}" data-src="/cdn/shop/{number}_720x.jpg" '
        f'srcset="/cdn/shop/{number}_180x.jpg 180w, /cdn/shop/{number}_720x.jpg 720w">'
        f'<h3 class="product-card__title">{name}</h3></a>'
        f"<p>{_words(random, 14)}</p>"
        f'<span class="price price--on-sale">{number / 100} EUR</span></div>'
    )


def _text(random: Random) -> str:
    return (
        f'<section class="section section--text" id="s{random.randrange(9999)}">'
        f'<h2>{_words(random, 5)}</h2><div class="rich-text"><p>{_words(random, 60)}</p>'
        f'<p>{_words(random, 30)} <a href="/{_words(random, 1)}">{_words(random, 3)}</a> '
        f'<strong>{_words(random, 4)}</strong></p><ul class="list"><li>{_words(random, 9)}</li>'
        f"<li>{_words(random, 8)}</li></ul></div></section>"
    )


def _menu(random: Random) -> str:
    items = [
        f'<li class="menu-item menu-item-{n}"><a href="/{_words(random, 1)}/" '
        f'class="menu-link" role="menuitem">{_words(random, 2)}</a></li>'
        for n in range(16)
    ]
    return f'<div class="menu-wrap"><ul class="menu sub-menu">{"".join(items)}</ul></div>'


def _icon(random: Random) -> str:
    shape = " ".join(f"{random.randrange(24)} {random.randrange(24)}" for _ in range(40))
    return (
        f'<button type="button" class="btn btn--icon" aria-label="{_words(random, 1)}">'
        f'<svg class="icon" width="24" height="24" viewBox="0 0 24 24" fill="none">'
        f'<path d="M{shape}Z" fill="currentColor"/></svg></button>'
    )


def _script(random: Random) -> str:
    items = ",".join(
        f'{{"id":{random.randrange(10**9)},"title":"{_words(random, 4)}","url":"/p/{n}"}}'
        for n in range(random.randrange(2, 60))
    )
    return f"<script>window.state=window.state||[];window.state.push([{items}]);</script>"


def _style(random: Random) -> str:
    rules = "".join(
        f".{_words(random, 1)}-{n}{{color:#{random.randrange(4096):03x};margin:0 {n}px;"
        f"background:url(/a/{n}.png)}}"
        for n in range(random.randrange(5, 40))
    )
    return f"<style>{rules}</style>"


def _words(random: Random, n: int) -> str:
    return " ".join("".join(random.choices(LETTERS, k=random.randrange(2, 10))) for _ in range(n))
