"""Reads labels.csv: ``domain,brand,look,kind``."""

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from clustering.pipeline.domains.archive import IMAGE_EXTENSIONS
from clustering.pipeline.domains.names import normalise
from clustering.pipeline.errors import InputError
from clustering.pipeline.evaluation.label_metrics import JUDGED_KINDS, LabelTruth

REQUIRED: Final = ("domain", "brand")
MAX_BYTES: Final = 50 << 20  # a million domains
MAX_CHARACTERS: Final = 253  # of any field; no domain is longer
DERIVED: Final = ""


def read_labels(content: bytes, source: str = "the file") -> dict[str, LabelTruth]:
    """Return the label of each domain; domain names are normalised.

    The columns ``domain`` and ``brand`` are required. Without ``look`` a brand has one look;
    without ``kind`` a brand of one domain is ``singleton``, others are ``gold``. The last line
    of a repeated domain counts. ``brand`` may be empty if ``kind`` is not evaluated.

    Raises:
        InputError: if the content is not such a table.
    """
    if len(content) > MAX_BYTES:
        raise InputError(f"{source} is larger than {MAX_BYTES >> 20} MB")
    try:
        text = content.decode("utf-8-sig")
        truth = dict(_lines(text, source))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{source} is not a CSV file in UTF-8: {error}") from error
    if not truth:
        raise InputError(f"{source} labels no domain")
    return _with_kinds(truth)


def _lines(text: str, source: str) -> Iterator[tuple[str, LabelTruth]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    columns = [name.strip().casefold() for name in reader.fieldnames or ()]
    if not set(REQUIRED) <= set(columns):
        raise InputError(f"{source} needs the columns {', '.join(REQUIRED)}, and has {columns}")
    reader.fieldnames = columns
    for number, row in enumerate(reader, start=2):
        fields = {name: _plain(value) for name, value in row.items() if isinstance(name, str)}
        truth = LabelTruth(fields["brand"], fields.get("look", ""), fields.get("kind", DERIVED))
        needs_brand = truth.kind in {DERIVED, *JUDGED_KINDS}
        if not fields["domain"] or (needs_brand and not truth.brand):
            raise InputError(f"line {number} of {source} lacks a domain or a brand")
        yield _name(fields["domain"]), truth


def _plain(value: str | None) -> str:
    return (value or "").replace("\0", "").strip()[:MAX_CHARACTERS]


def _with_kinds(truth: dict[str, LabelTruth]) -> dict[str, LabelTruth]:
    sizes = Counter(one.brand for one in truth.values())
    derived = {1: "singleton"}
    return {
        name: one if one.kind else replace(one, kind=derived.get(sizes[one.brand], "gold"))
        for name, one in truth.items()
    }


def _name(text: str) -> str:
    try:
        return normalise(text)
    except InputError:
        return text


def for_names(truth: Mapping[str, LabelTruth], names: Iterable[str]) -> dict[str, LabelTruth]:
    """Return the labels of ``names``; those of image files match without case, folders and
    extension, in this order of preference.
    """
    by_key: dict[str, LabelTruth] = {}
    for label, one in truth.items():
        for key in (_file_key(label), *_stem_keys(label)):
            by_key.setdefault(key, one)
    found: dict[str, LabelTruth] = {}
    for name in names:
        keys = (_file_key(name), *_stem_keys(name)) if _stem_keys(name) else ()
        if name in truth:
            found[name] = truth[name]
        elif key := next((key for key in keys if key in by_key), ""):
            found[name] = by_key[key]
    return found


def _file_key(name: str) -> str:
    return unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2].casefold()


def _stem_keys(name: str) -> tuple[str, ...]:
    stem, _, extension = _file_key(name).rpartition(".")
    return (stem,) if stem and extension in IMAGE_EXTENSIONS else ()
