"""Generated lists: every domain put in is accepted, whatever the dialect and the decoration."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clustering.pipeline.domains import UploadReading
from clustering.pipeline.domains.reading import read_list

pytestmark = pytest.mark.slow

# A list is cheap: 2,100 of them with --thorough, for three properties.
IS_THOROUGH = settings.default is not None and settings.default.max_examples >= 100
many_lists = settings(max_examples=700 if IS_THOROUGH else 6)

labels = st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=9).filter(
    lambda text: text not in ("www", "co", "com", "gov", "net", "org", "ac", "ne", "or")
)
domains = st.builds("{}-{}.{}".format, labels, labels, st.sampled_from(["de", "ch", "co.uk"]))
junk = st.sampled_from(["logo.png", "j.smith", "nonsense", "10.0.0.1", "co.uk", "x..de"])
DECORATIONS = (
    "{}", "www.{}", "https://{}", "HTTPS://WWW.{}/Path/?a=1&b=2#c", "http://{}:8080/", "info@{}",
    "*.{}", ".{}", "||{}^", "hxxps://{}/x", "<https://{}>", "[site](https://{})", "{}.", "{}/",
    "view-source:https://{}/", "http:/{}", "\u200b{}\u00ad", "<a@{}>", "mailto:x@{}",
)  # fmt: skip
LINE_DECORATIONS = ("- {}", "1. {}", "{}  # note", "Nord Bau <post@{}>", "Nord Bau www.{}")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252")


def reading_of(data: bytes) -> UploadReading:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        path.write_bytes(data)
        return read_list(path, column=None)


def assert_adds_up(reading: UploadReading) -> None:
    n_rows = sum(len(domain.row_numbers) for domain in reading.domains) + len(reading.rejected)
    assert reading.n_rows == n_rows
    assert n_rows == len(reading.domains) + reading.n_duplicates + len(reading.rejected)


@many_lists
@given(
    items=st.lists(
        st.tuples(domains, st.sampled_from(DECORATIONS + LINE_DECORATIONS)),
        min_size=1,
        max_size=12,
    ),
    bad=st.lists(junk, max_size=4),
    encoding=st.sampled_from(ENCODINGS),
    end=st.sampled_from(["\n", "\r\n", "\r", "\n\n"]),
    title=st.sampled_from(["", "Domain", "# our customers", "\ufeffwebsite"]),
)
def test_a_list_with_one_entry_per_line_loses_nothing(
    items: list[tuple[str, str]], bad: list[str], encoding: str, end: str, title: str
) -> None:
    lines = [decoration.format(name) for name, decoration in items] + bad
    if encoding == "cp1252":
        lines = [line.encode("cp1252", "ignore").decode("cp1252") for line in lines]
    text = end.join([title, *lines] if title and title.isascii() else lines) + end

    reading = reading_of(text.encode(encoding))

    assert_adds_up(reading)
    assert {domain.name for domain in reading.domains} == {name for name, _ in items}
    assert reading.n_rows == len(items) + len(bad)
    assert len(reading.rejected) == len(bad)


@many_lists
@given(
    items=st.lists(st.tuples(domains, st.sampled_from(DECORATIONS[:5])), min_size=2, max_size=20),
    bad=st.lists(st.sampled_from(["logo.png", "j.smith", "nonsense"]), max_size=2),
    separator=st.sampled_from([", ", "; ", "\t", " ", ",", ";", " | ", ",\n", " / "]),
    width=st.integers(1, 20),
)
def test_a_list_in_lines_of_several_entries_loses_nothing(
    items: list[tuple[str, str]], bad: list[str], separator: str, width: int
) -> None:
    bad = bad[: len(items) // 3]
    bad = [one for one in bad if one != "nonsense" or separator not in (" ", " / ")]
    entries = [decoration.format(name) for name, decoration in items] + bad
    if separator in (" ", " / ") and bad:
        width = len(entries)  # a line without any domain is one rejected entry
    lines = [separator.join(entries[i : i + width]) for i in range(0, len(entries), width)]

    reading = reading_of("\n".join(lines).encode())

    assert_adds_up(reading)
    assert {domain.name for domain in reading.domains} == {name for name, _ in items}
    assert len(reading.rejected) == len(bad)


@many_lists
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(
                ["Nord Bau", "Müller & Söhne", 'Der "Bau"', "A; B, C | D", "Zeile\nzwei"]
            ),
            st.tuples(domains, st.sampled_from(DECORATIONS[:6])),
            st.sampled_from(["", "x" * 9000, "DE", "3.5", "See b.example, or not", "1\n2\n3"]),
        ),
        min_size=3,
        max_size=12,
    ),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    preamble=st.sampled_from(["", "Export of 2026\n\n", "List\nCreated: 2026-03-01\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    separator_line=st.booleans(),
    encoding=st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252")),
)
def test_a_table_in_any_dialect_loses_nothing(
    rows: list[tuple[str, tuple[str, str], str]],
    delimiter: str,
    preamble: str,
    quoting: int,
    separator_line: bool,  # noqa: FBT001 - drawn by hypothesis
    encoding: str,
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting)  # type: ignore[arg-type] # a constant of csv
    writer.writerow(["Firm", "Website", "Note"])
    writer.writerows(
        [name, decoration.format(site), note] for name, (site, decoration), note in rows
    )
    head = f"sep={delimiter}\r\n" if separator_line and not preamble else preamble

    reading = reading_of((head + out.getvalue()).encode(encoding))

    assert_adds_up(reading)
    assert reading.column == "Website"
    assert reading.n_rows == len(rows)
    assert {domain.name for domain in reading.domains} == {site for _, (site, _), _ in rows}


@pytest.mark.parametrize("n_domains", [1, 3, 100_000])
def test_a_list_in_one_line_of_any_length_loses_nothing(n_domains: int) -> None:
    reading = reading_of(", ".join(f"site-{n}.de" for n in range(n_domains)).encode())

    assert len(reading.domains) == n_domains
