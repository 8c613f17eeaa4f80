"""Fictional brands: names, designs and countries."""

from dataclasses import dataclass
from typing import Final

from clustering.lab.sample.letters import Lettering

NAMES: Final = (
    "novaterra", "brightfold", "quillmark", "harborlane", "zentrigo", "mapleforge", "oxbowen",
    "lumavia", "petrichor", "kestrelo", "vantiq", "solmere", "tideform", "graniva", "bluvane",
    "fernwick", "octavio", "ravenmill", "sundaro", "cobaltis", "wexbury", "alpengo", "marisol",
    "drifton", "pixelow", "junipera", "stratoz", "velmora", "yarrowby", "ignisco", "hexaplan",
    "torvald", "calystra", "norbeam", "emberly", "quorano", "silvanex", "ploverton", "arcadium",
    "zephyrin",
)  # fmt: skip
SINGLES: Final = (
    "bakehouse", "tinyloom", "oldmill", "redkite", "figtree", "snowfox", "papermoon", "ironoak",
    "clayfield", "goldfinch", "moonbay", "rivermint", "stonecrop", "windrose", "lakeside",
)  # fmt: skip
COUNTRIES: Final = {
    "de": "deutschland", "fr": "france", "it": "italia", "es": "espana", "nl": "nederland",
    "pl": "polska", "at": "austria", "se": "sverige", "co.uk": "united kingdom", "pt": "portugal",
}  # fmt: skip
PALETTES: Final = (
    ("#0b4f9c", "#ffb000"), ("#d7263d", "#1b1b3a"), ("#00857c", "#f4a259"), ("#5b2a86", "#e86fb3"),
    ("#1d7a3a", "#a3d65c"), ("#e4572e", "#29335c"), ("#12355b", "#00a7e1"), ("#9a031e", "#fb8b24"),
    ("#264653", "#2a9d8f"), ("#6a4c93", "#1982c4"), ("#111111", "#e63946"), ("#b5179e", "#3a0ca3"),
    ("#386641", "#bc4749"), ("#0077b6", "#90be6d"), ("#7f5539", "#dda15e"),
)  # fmt: skip
LETTERINGS: Final = (
    Lettering(), Lettering(weight=3.4, cap="butt", spacing=4.8),
    Lettering(weight=1.5, spacing=6.2),
    Lettering(weight=3, slant=10), Lettering(weight=2.6, stretch=0.8, cap="butt"),
    Lettering(weight=2, stretch=1.2, spacing=5), Lettering(weight=3.9, spacing=5.4),
)  # fmt: skip
LAYOUTS: Final = ("beside", "stacked", "badge", "beside", "word", "disc")


@dataclass(frozen=True)
class Brand:
    """One brand's name and design."""

    name: str
    mark: int
    variant: int
    colours: tuple[str, str]
    lettering: Lettering
    layout: str


def brand(name: str, index: int) -> Brand:
    """Return the design of the ``index``-th brand; adjacent brands differ in everything."""
    return Brand(
        name=name,
        mark=index % 20,
        variant=index // 20 % 2,
        colours=PALETTES[index * 4 % 15 if index < 15 else (index * 7 + index // 15) % 15],
        lettering=LETTERINGS[(index * 3 + index // 7) % 7],
        layout=LAYOUTS[(index + index // 20 * 3) % 6],
    )


BRANDS: Final = tuple(brand(name, index) for index, name in enumerate(NAMES))
SINGLE_BRANDS: Final = tuple(brand(name, 43 + index * 3) for index, name in enumerate(SINGLES))
