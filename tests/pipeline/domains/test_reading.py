"""Hostile files, each parsed in a real limited child process."""

import dataclasses
import random
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from clustering.pipeline.domains.reading import (
    LIMITS,
    ROWS_OF_LIMITS,
    dump,
    limits_for,
    load,
    read_list,
    read_upload,
)
from clustering.pipeline.errors import InputError, UnreadableUpload

pytestmark = pytest.mark.slow


def refusal_of(path: Path, max_rows: int = ROWS_OF_LIMITS) -> str:
    with pytest.raises(UnreadableUpload) as refusal:
        read_upload(path, max_rows=max_rows)
    return str(refusal.value)


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "upload"
    path.write_bytes(data)
    return path


def parquet_of(tmp_path: Path, table: pa.Table) -> Path:
    path = tmp_path / "upload.parquet"
    parquet.write_table(table, path, compression="zstd")
    return path


def test_the_child_returns_the_same_reading_as_this_process(tmp_path: Path) -> None:
    path = written(tmp_path, "n;domain\n1;exämple.de\n2;exämple.de\n3;x\n".encode())

    assert read_upload(path) == read_list(path, column=None)
    assert read_upload(path).n_rows == 3


def test_a_stored_reading_is_the_same(tmp_path: Path) -> None:
    rows = "".join(f"{row}\u2028;site-{row // 2}.de;\\n\n" for row in range(30_000))
    reading = read_list(written(tmp_path, f"n;domain;note\n{rows}1;x;\n".encode()), column=None)

    dump(reading, tmp_path / "kept")
    again = load(tmp_path / "kept")

    assert again == reading
    assert (len(again.domains), len(again.rejected), again.n_rows) == (15_000, 1, 30_001)
    assert again.domains[14_999].row_numbers == (30_000, 30_001)


def test_the_child_reads_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "logos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.de.png", b"\x89PNG")

    assert read_upload(path).domains[0].member == "a.de.png"


def test_an_unknown_column_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refusal:
        read_upload(written(tmp_path, b"a.de,b\nc.de,d\n"), "nope")

    assert refusal.value.code == "bad_input"


def test_a_dictionary_bomb_is_refused_by_its_footer(tmp_path: Path) -> None:
    indices = pa.array(np.zeros(10_000_001, np.int32))
    column = pa.DictionaryArray.from_arrays(indices, pa.array(["a.de" * 50]))
    path = parquet_of(tmp_path, pa.table({"domain": column}))

    assert refusal_of(path) == "The file has 10,000,001 rows; 10,000,000 are allowed"


def test_a_huge_value_repeated_in_every_row_is_held_once(tmp_path: Path) -> None:
    indices = pa.array(np.zeros(100_000, np.int32))
    column = pa.DictionaryArray.from_arrays(indices, pa.array(["x" * 1_000_000]))
    reading = read_upload(parquet_of(tmp_path, pa.table({"domain": column})))

    assert reading.n_rows == len(reading.rejected) == 100_000


def test_a_cell_of_210_megabytes_is_refused_by_the_footer(tmp_path: Path) -> None:
    path = tmp_path / "upload.parquet"
    table = pa.table({"domain": ["x" * 210_000_000]})
    parquet.write_table(table, path, use_dictionary=False, write_statistics=False)

    assert refusal_of(path).endswith("200 MB are allowed")


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    path = parquet_of(tmp_path, pa.table({f"c{n}": ["a.de"] for n in range(1001)}))

    assert refusal_of(path) == "The file has 1,001 columns of text; 1,000 are allowed"


def test_columns_of_numbers_do_not_count_against_the_limit(tmp_path: Path) -> None:
    numbers = {f"c{n}": [1] for n in range(300)}
    path = parquet_of(tmp_path, pa.table({**numbers, "domain": ["a.de"]}))

    assert [domain.name for domain in read_upload(path).domains] == ["a.de"]


def test_parquet_without_text_is_refused(tmp_path: Path) -> None:
    path = parquet_of(tmp_path, pa.table({"n": [1], "deep": [[1]]}))

    assert refusal_of(path) == "The Parquet file has no column of text"


@pytest.mark.parametrize(
    "broken",
    [
        lambda data: data[:-20],
        lambda data: data[:-8] + b"\xff\xff\xff\x7fPAR1",
        lambda data: data[:-8] + b"\x05\x00\x00\x00PAR1",
        lambda data: b"PAR1",
        lambda data: data[:10] + bytes(20) + data[30:],
    ],
    ids=["truncated", "long footer", "short footer", "magic alone", "damaged page"],
)
def test_damaged_parquet_is_refused(tmp_path: Path, broken: object) -> None:
    path = parquet_of(tmp_path, pa.table({"domain": [f"s{n}.de" for n in range(100)]}))
    assert callable(broken)
    path.write_bytes(broken(path.read_bytes()))

    assert refusal_of(path) == "The Parquet file is damaged or incomplete"


def test_encrypted_parquet_is_refused(tmp_path: Path) -> None:
    assert "encrypted" in refusal_of(written(tmp_path, b"PARE" + bytes(100) + b"PARE"))


@pytest.mark.parametrize(
    "data",
    [b"\0\1\2" * 100, b"\xd0\xcf\x11\xe0" + bytes(50)],
    ids=["noise", "part of an xls"],
)
def test_other_file_types_are_refused_with_advice(tmp_path: Path, data: bytes) -> None:
    assert refusal_of(written(tmp_path, data)).startswith("The file is not text. Upload a list")


def test_a_csv_of_20000_columns_is_refused(tmp_path: Path) -> None:
    data = (b"a.de" + b",x" * 19_999 + b"\n") * 3

    assert refusal_of(written(tmp_path, data)) == "The file has 20000 columns; 1,000 are allowed"


def test_too_many_rows_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, b"a.de\n" * 10_001)

    assert refusal_of(path, max_rows=10_000).startswith("The file has more than")


def test_one_line_without_end_costs_one_row(tmp_path: Path) -> None:
    reading = read_upload(written(tmp_path, b"x" * 30_000_000 + b"\na.de\n"))

    assert [domain.name for domain in reading.domains] == ["a.de"]
    assert reading.rejected[0].reason.startswith("It is longer than any web address")


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(12):
            archive.writestr(f"s{number}.de.png", bytes(5 << 20))

    assert refusal_of(path) == "The ZIP unpacks to far more than images ever do"


def test_too_many_entries_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(100_001):
            archive.writestr(zipfile.ZipInfo(f"s{number}.de.png"), b"")

    assert refusal_of(path) == "The archive holds 100,001 files; 100,000 are allowed"


def test_exceeding_the_limits_of_the_child_is_reported(tmp_path: Path) -> None:
    path = written(tmp_path, b"".join(b"site-%d.de\n" % n for n in range(400_000)))
    tight = dataclasses.replace(LIMITS, memory_bytes=3 << 25)

    with pytest.raises(UnreadableUpload, match="more memory or time than allowed"):
        read_upload(path, limits=tight)


def test_longer_lists_get_more_time_and_memory() -> None:
    ten_millions = limits_for(10_000_000)

    assert limits_for(5) == limits_for(1_000_000) == LIMITS
    assert ten_millions.cpu_seconds == 10 * LIMITS.cpu_seconds
    assert ten_millions.memory_bytes > LIMITS.memory_bytes + (2 << 30)
    assert ten_millions.answer_bytes < 1 << 32  # the length of an answer is a 32-bit number


@pytest.mark.parametrize("seed", range(3))
def test_noise_after_a_magic_number_is_refused(tmp_path: Path, seed: int) -> None:
    noise = random.Random(seed).randbytes(3000)  # noqa: S311
    for magic in (b"PAR1", b"PK\x03\x04", b"PK\x05\x06"):
        assert refusal_of(written(tmp_path, magic + noise + magic)).endswith(
            "damaged or incomplete"
        )


def test_a_deleted_file_is_refused_with_advice(tmp_path: Path) -> None:
    assert refusal_of(tmp_path / "gone") == (
        "The file is no longer on this server; upload it again"
    )


def test_unprintable_empty_and_overlong_names_of_columns_are_mended(tmp_path: Path) -> None:
    names = ["x" * 201, "a\nb", ""]

    reading = read_upload(parquet_of(tmp_path, pa.table({name: ["a.de"] for name in names})))

    assert [column.name for column in reading.columns] == ["x" * 80, "a\ufffdb", "Column 3"]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([b"a.de".ljust(12), b"m\xc3\xbcller.de".ljust(12)], pa.binary(12)),
        pa.array([b"a.de".ljust(12, b"\0"), b"m\xc3\xbcller.de".ljust(12, b"\0")], pa.binary(12)),
        pa.array([b"a.de", b"m\xfcller.de"], pa.binary()),
        pa.array([[("site", "a.de")], [("site", "müller.de")]], pa.map_(pa.string(), pa.string())),
    ],
    ids=["blanks", "NULs", "code page", "map"],
)
def test_binary_values_and_maps_are_text(tmp_path: Path, values: pa.Array) -> None:
    reading = read_upload(parquet_of(tmp_path, pa.table({"values": values})))

    assert [domain.name for domain in reading.domains] == ["a.de", "xn--mller-kva.de"]
    assert reading.rejected == ()


def test_the_name_of_a_column_is_printable(tmp_path: Path) -> None:
    path = written(tmp_path, "do\0main,n\na.de,1\nb.de,2\n".encode("utf-16"))

    reading = read_upload(path)

    assert [column.name for column in reading.columns] == ["do\ufffdmain", "n"]
    assert [domain.name for domain in reading.domains] == ["a.de", "b.de"]
