"""One name per cluster, all different, from the best source that is sure of it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from PIL import Image

from clustering.pipeline.naming import Name, Named, Source
from clustering.pipeline.naming.visual_names import looks
from clustering.pipeline.naming.words import everyday_words, plain_name, shared_word

AT_ONCE: Final = 32  # logos in memory
MOST_LOOKED_AT: Final = 1_000  # clusters that slow sources are asked about, largest first


def names(clusters: Mapping[int, Named], sources: Sequence[Source] = ()) -> dict[int, Name]:
    """Return a name per cluster label, all different (``Nova``, ``Nova 2``).

    The lower label, which is the larger cluster, keeps the plain name. ``sources`` are asked
    in order about the clusters whose domains share no word, and only until one is sure.
    """
    everyday = everyday_words(cluster.domains for cluster in clusters.values())
    found = {label: shared_word(clusters[label].domains, everyday) for label in sorted(clusters)}
    unknown = {label: clusters[label] for label, name in found.items() if name is None}
    seen = dict(_seen(unknown, sources))
    taken: Counter[str] = Counter()
    given: dict[int, Name] = {}
    for label, shared in found.items():
        name = shared or seen[label]
        given[label] = Name(_unique(name.text, taken), name.score)
    return given


def _seen(clusters: Mapping[int, Named], sources: Sequence[Source]) -> Iterator[tuple[int, Name]]:
    """Yield a name by the look of each cluster's medoid, a few images at a time."""
    labels = list(clusters)
    for start in range(0, len(labels), AT_ONCE):
        some = labels[start : start + AT_ONCE]
        images = {label: image for label in some if (image := clusters[label].image()) is not None}
        asked = sources if start < MOST_LOOKED_AT else ()
        best = dict(zip(images, _best(list(images.values()), asked), strict=True))
        for label in some:
            yield label, best.get(label) or _without_image(clusters[label])


def _best(images: Sequence[Image.Image], sources: Sequence[Source]) -> list[Name]:
    """Return the first sure name of each image, else the one with the highest score."""
    best = [looks(image) for image in images]
    for source in sources:
        open_ = [place for place, name in enumerate(best) if not name.is_sure]
        told = source([images[place] for place in open_]) if open_ else []
        for place, name in zip(open_, told, strict=True):
            if name is not None and name.score > best[place].score:
                best[place] = name
    return best


def _without_image(cluster: Named) -> Name:
    """Name a cluster whose medoid cannot be opened after one of its domains."""
    text = plain_name(min(cluster.domains)) if cluster.domains else "Empty"
    return Name(text, 0.0)


def _unique(text: str, taken: Counter[str]) -> str:
    """Number a name that is taken; the numbered one might be taken, too.

    ``taken`` holds the last number of each name, so that thousands of equal ones cost no
    search each.
    """
    number = taken[text.casefold()] + 1
    while (candidate := text if number == 1 else f"{text} {number}").casefold() in taken:
        number += 1
    taken[candidate.casefold()] = 1
    taken[text.casefold()] = number
    return candidate
