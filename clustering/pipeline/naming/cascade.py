"""One unique name per cluster, from the first sure source."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from PIL import Image

from clustering.pipeline.naming import Name, NamingInput, Source
from clustering.pipeline.naming.visual_names import describe_appearance
from clustering.pipeline.naming.words import common_words, plain_name, shared_word

AT_ONCE: Final = 32  # logos in memory
MAX_SLOW_CLUSTERS: Final = 1_000  # number of clusters passed to slow sources, largest first


def name_clusters(
    clusters: Mapping[int, NamingInput], sources: Sequence[Source] = ()
) -> dict[int, Name]:
    """Return a name per cluster label, all different (``Nova``, ``Nova 2``).

    The lower label, which is the larger cluster, keeps the plain name. ``sources`` are used in
    order, for clusters whose domains share no word, until one is sure.
    """
    common = common_words(cluster.domains for cluster in clusters.values())
    found = {label: shared_word(clusters[label].domains, common) for label in sorted(clusters)}
    unknown = {label: clusters[label] for label, name in found.items() if name is None}
    seen = dict(_names_by_image(unknown, sources))
    taken: Counter[str] = Counter()
    given: dict[int, Name] = {}
    for label, shared in found.items():
        name = shared or seen[label]
        given[label] = Name(_unique(name.text, taken), name.score)
    return given


def _names_by_image(
    clusters: Mapping[int, NamingInput], sources: Sequence[Source]
) -> Iterator[tuple[int, Name]]:
    """Yield a name from each cluster's medoid image, in batches."""
    labels = list(clusters)
    for start in range(0, len(labels), AT_ONCE):
        some = labels[start : start + AT_ONCE]
        images = {label: image for label in some if (image := clusters[label].image()) is not None}
        asked = sources if start < MAX_SLOW_CLUSTERS else ()
        best = dict(zip(images, _best(list(images.values()), asked), strict=True))
        for label in some:
            yield label, best.get(label) or _without_image(clusters[label])


def _best(images: Sequence[Image.Image], sources: Sequence[Source]) -> list[Name]:
    """Return the first sure name of each image, else the one with the highest score."""
    best = [describe_appearance(image) for image in images]
    for source in sources:
        open_ = [place for place, name in enumerate(best) if not name.is_sure]
        found = source([images[place] for place in open_]) if open_ else []
        for place, name in zip(open_, found, strict=True):
            if name is not None and name.score > best[place].score:
                best[place] = name
    return best


def _without_image(cluster: NamingInput) -> Name:
    """Name a cluster whose medoid cannot be opened after one of its domains."""
    text = plain_name(min(cluster.domains)) if cluster.domains else "Empty"
    return Name(text, 0.0)


def _unique(text: str, taken: Counter[str]) -> str:
    """Number a name that is taken; the numbered one might be taken, too.

    ``taken`` holds the last number of each name: no linear search for thousands of equal ones.
    """
    number = taken[text.casefold()] + 1
    while (candidate := text if number == 1 else f"{text} {number}").casefold() in taken:
        number += 1
    taken[candidate.casefold()] = 1
    taken[text.casefold()] = number
    return candidate
