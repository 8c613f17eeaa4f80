"""TAR archives and archives in archives, read as one ZIP of images, and their hostile twins."""

import bz2
import gzip
import lzma
import tarfile
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from clustering.pipeline.domains import UploadReading, archive, packings
from clustering.pipeline.domains.packings import read_member
from clustering.pipeline.domains.reading import read_list
from clustering.pipeline.errors import UnreadableUpload

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
LOGOS = {"logos/a.de.png": PNG + b"a", "logos/b.ch.png": PNG + b"b"}


def tar_of(members: dict[str, bytes], *others: tarfile.TarInfo) -> bytes:
    file = BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, BytesIO(data))
        for info in others:
            tar.addfile(info)
    return file.getvalue()


def zip_of(members: dict[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def stored(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "upload"
    path.write_bytes(data)
    return path


def images(reading: UploadReading) -> list[str]:
    assert reading.kind == "images"
    return [domain.name for domain in reading.domains]


@pytest.mark.parametrize(
    "data",
    [
        tar_of(LOGOS),
        gzip.compress(tar_of(LOGOS), mtime=0),
        bz2.compress(tar_of(LOGOS)),
        lzma.compress(tar_of(LOGOS)),
        zip_of({"logos.zip": zip_of(LOGOS)}),
        zip_of({"README": b"About", "logos.tar.gz": gzip.compress(tar_of(LOGOS), mtime=0)}),
        zip_of({"a.de.zip": zip_of({"logo.png": PNG + b"a"}), "b.ch.tar": tar_of({"x.png": PNG})}),
    ],
    ids=["tar", "tgz", "tar.bz2", "tar.xz", "zip", "zip of tgz", "archives named by domain"],
)
def test_the_images_of_archives_and_of_archives_in_them_are_read(
    tmp_path: Path, data: bytes
) -> None:
    path = stored(tmp_path, data)

    reading = read_list(path, column=None)

    assert images(reading) == ["a.de", "b.ch"]
    assert reading.rejected == ()
    assert read_member(path, reading.domains[0].member) == PNG + b"a"


def test_a_name_that_is_there_twice_is_kept_twice(tmp_path: Path) -> None:
    first, second = (zip_of({"a.de.png": PNG + mark}) for mark in (b"1", b"2"))
    data = zip_of({"x.zip": first, "X/x.zip": second, "x.tar": tar_of({"a.de.png": PNG})})

    reading = read_list(stored(tmp_path, data), column=None)

    assert (reading.n_rows, reading.n_duplicates) == (3, 2)


def test_links_and_devices_of_a_tar_archive_are_rejected(tmp_path: Path) -> None:
    data = tar_of(
        {"../../a.de.png": PNG, "/etc/b.ch.png": PNG},
        special("link.de.png", tarfile.SYMTYPE, "/etc/passwd"),
        special("hard.de.png", tarfile.LNKTYPE, "../../a.de.png"),
        special("device.de.png", tarfile.CHRTYPE),
        special("pipe.de.png", tarfile.FIFOTYPE),
        special("folder.de.png", tarfile.DIRTYPE),
    )

    reading = read_list(stored(tmp_path, data), column=None)

    assert images(reading) == ["a.de", "b.ch"]
    assert {one.reason for one in reading.rejected} == {"The file is empty"}
    assert len(reading.rejected) == 4


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            zip_of({"a.zip": zip_of({"b.zip": zip_of({"c.zip": zip_of(LOGOS)})})}),
            "packed several times",
        ),
        (zip_of({"a.zip": b"PK\x03\x04nothing"}), "damaged or incomplete"),
        (zip_of({"a.tar": b"nothing"}), "damaged or incomplete"),
        (gzip.compress(tar_of(LOGOS), mtime=0)[:-40], "damaged or incomplete"),
    ],
    ids=["four levels", "no zip", "no tar", "cut off"],
)
def test_archives_in_archives_are_bounded(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableUpload, match=reason):
        read_list(stored(tmp_path, data), column=None)


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(tar_of({"a.de.png": bytes(3 << 20)}), mtime=0),
        zip_of({f"{n}.zip": zip_of({"a.de.png": bytes(1 << 19)}) for n in range(3)}),
        tar_of({}, *(special(f"{n}.png", tarfile.SYMTYPE) for n in range(30))),
    ],
    ids=["tar", "zips", "entries"],
)
def test_the_limits_hold_over_all_archives(
    tmp_path: Path, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packings, "MAX_UNPACKED_BYTES", 1 << 20)
    monkeypatch.setattr(archive, "MAX_ENTRIES", 20)

    with pytest.raises(UnreadableUpload, match="split it"):
        read_list(stored(tmp_path, data), column=None)


def test_a_header_that_claims_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    info = tarfile.TarInfo("a.de.png")
    info.size = 1 << 40

    with pytest.raises(UnreadableUpload, match="split it"):
        read_list(stored(tmp_path, info.tobuf() + bytes(1024)), column=None)
