"""Brand of an icon by its name, and brands that are excluded from training."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MIN_FAMILY_LENGTH: Final = 3
"""Shorter first words (``a``, ``go``) identify no company."""
MIN_STEM_LENGTH: Final = 5
"""Words of this length also exclude names that begin with them (``google``, ``googlefit``)."""
_APART: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Forbidden:
    """Brand words that are excluded from training, in every spelling."""

    words: frozenset[str]

    def covers(self, name: str) -> bool:
        """Whether ``name`` is one of the brands, or looks like a product of one.

        Strict on purpose: a false exclusion costs one brand of thousands, a leak invalidates the
        metrics.
        """
        space, _, plain = name.rpartition(":")
        spellings = _beginnings(plain)
        if space == "coin":  # lists of held-out brands prefix coins with c
            spellings = {*spellings, "c" + squeezed(plain)}
        whole = squeezed(plain)
        stems = {whole[:end] for end in range(MIN_STEM_LENGTH, len(whole))}
        return not self.words.isdisjoint(spellings | stems)


def read_forbidden(files: Iterable[Path], brands: Collection[str] = ()) -> Forbidden:
    """Read brand words, one a line, and add ``brands``."""
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
    return Forbidden(frozenset(squeezed(word) for word in [*lines, *brands]) - {""})


def squeezed(name: str) -> str:
    """Return ``name`` in lower-case letters and digits alone."""
    return _APART.sub("", name.lower())


def family(name: str) -> str:
    """Return the first word of a brand's name, shared by products of one company."""
    space, _, plain = name.rpartition(":")
    first = _words(plain)[0] if _words(plain) else plain
    return f"{space}:{first if len(first) >= MIN_FAMILY_LENGTH else squeezed(plain)}"


def _beginnings(name: str) -> set[str]:
    """``google-cloud-run`` -> ``google``, ``googlecloud``, ``googlecloudrun``."""
    words = _words(name)
    return {"".join(words[: end + 1]) for end in range(len(words))}


def _words(name: str) -> list[str]:
    return [word for word in _APART.split(name.lower()) if word]
