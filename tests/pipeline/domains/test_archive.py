import zipfile
from pathlib import Path

import pytest

from clustering.pipeline.domains import NamedDomain, Rejected
from clustering.pipeline.domains.archive import MAX_MEMBER_BYTES, read
from clustering.pipeline.domains.packings import read_member
from clustering.pipeline.errors import UnreadableUpload

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def zip_of(tmp_path: Path, *members: tuple[str, bytes]) -> Path:
    path = tmp_path / "logos.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def test_images_are_named_by_their_domains_in_any_folder(tmp_path: Path) -> None:
    path = zip_of(
        tmp_path,
        ("flashbay.fr.png", PNG),
        ("logos/Flashbay.DE.img", PNG),
        ("logos/flashbay.at", PNG),
    )

    assert read(path).domains == (
        NamedDomain("flashbay.fr", "flashbay.fr", (1,), "flashbay.fr.png"),
        NamedDomain("flashbay.de", "Flashbay.DE", (2,), "logos/Flashbay.DE.img"),
        NamedDomain("flashbay.at", "flashbay.at", (3,), "logos/flashbay.at"),
    )


def test_system_files_are_skipped(tmp_path: Path) -> None:
    path = zip_of(
        tmp_path, ("__MACOSX/._a.de.png", PNG), (".DS_Store", b"x"), ("f/", b""), ("a.de.png", PNG)
    )

    reading = read(path)

    assert reading.n_rows == 1
    assert reading.kind == "images"


def test_a_domain_given_twice_is_a_duplicate_and_keeps_the_first_image(tmp_path: Path) -> None:
    reading = read(zip_of(tmp_path, ("a.de.png", PNG), ("x/a.de.svg", b"<svg/>")))

    assert reading.domains == (NamedDomain("a.de", "a.de", (1, 2), "a.de.png"),)
    assert reading.n_duplicates == 1


def test_files_that_are_not_images_or_not_named_by_domain_are_rejected(tmp_path: Path) -> None:
    path = zip_of(
        tmp_path,
        ("a.de.png", PNG),
        ("b.de.png", PNG),
        ("logo.png", PNG),
        ("labels.csv", b"a,b"),
        ("c.de.png", b""),
    )

    assert read(path).rejected == (
        Rejected(
            3,
            "logo.png",
            "The file is not named by a domain. "
            "It is a single word; a domain name has a dot, as in example.com",
        ),
        Rejected(4, "labels.csv", "The file is no image that we read"),
        Rejected(5, "c.de.png", "The file is empty"),
    )


def test_images_without_domains_keep_their_file_names(tmp_path: Path) -> None:
    path = zip_of(
        tmp_path,
        ("IMG_0001.png", PNG),
        ("IMG 0001.jpg", PNG),
        ("shop/Größe.png", PNG),
        ("日本.png", PNG),
    )

    reading = read(path)

    assert [(domain.name, domain.as_given) for domain in reading.domains] == [
        ("IMG_0001.png", "IMG_0001.png"),
        ("IMG 0001.jpg", "IMG 0001.jpg"),
        ("Größe.png", "shop/Größe.png"),
        ("日本.png", "日本.png"),
    ]
    assert reading.n_rows == 4


def test_names_of_double_byte_sets_hold_no_folders(tmp_path: Path) -> None:
    """The second byte of some letters is that of a backslash."""
    path = zip_of(tmp_path, *((f"{name}.png", PNG) for name in ("aaa.jp", "bbbb.jp")))
    data = path.read_bytes().replace(b"aaa.jp", "カa.jp".encode("cp932"))
    path.write_bytes(data.replace(b"bbbb.jp", "ソ表.jp".encode("cp932")))

    assert [domain.as_given for domain in read(path).domains] == ["カa.jp", "ソ表.jp"]


def test_the_encoding_of_names_is_judged_without_their_endings(tmp_path: Path) -> None:
    path = zip_of(tmp_path, ("aaaaaa.aa.png", PNG), ("bbbbbbb.bb.png", PNG))
    data = path.read_bytes().replace(b"aaaaaa.aa", "пример.рф".encode("cp1251"))
    path.write_bytes(data.replace(b"bbbbbbb.bb", "магазин.рф".encode("cp1251")))

    assert [domain.as_given for domain in read(path).domains] == ["пример.рф", "магазин.рф"]


def test_letters_that_info_zip_escapes_are_decoded(tmp_path: Path) -> None:
    path = zip_of(tmp_path, ("m#U00fcller.de.png", PNG), ("a.de.png", PNG))

    assert [domain.name for domain in read(path).domains] == ["xn--mller-kva.de", "a.de"]


def test_names_of_icon_services_and_of_downloads_hold_their_domains(tmp_path: Path) -> None:
    names = ("x.com_s2_favicons_domain=a.de.png", "x.com_s2_favicons_domain=b.fr.png")
    services = read(zip_of(tmp_path, *((name, PNG) for name in names)))
    downloads = read(zip_of(tmp_path, ("a.de.txt", PNG), ("b.fr.bin", PNG)))

    assert [domain.name for domain in services.domains] == ["a.de", "b.fr"]
    assert [domain.name for domain in downloads.domains] == ["a.de", "b.fr"]


def test_hidden_folders_are_skipped(tmp_path: Path) -> None:
    reading = read(
        zip_of(tmp_path, (".git/config", b"x"), ("x/.cache/b.png", PNG), ("a.de.png", PNG))
    )

    assert [domain.name for domain in reading.domains] == ["a.de"]
    assert reading.rejected == ()


def test_the_domain_of_the_source_before_each_name_is_none(tmp_path: Path) -> None:
    path = zip_of(tmp_path, ("logo.x.com_a.de.png", PNG), ("logo.x.com_b.fr.png", PNG))

    assert [domain.name for domain in read(path).domains] == ["a.de", "b.fr"]


def test_names_of_screenshot_tools_hold_scheme_and_port(tmp_path: Path) -> None:
    path = zip_of(tmp_path, ("https---a.de-443.jpeg", PNG), ("http---b.fr-80.jpeg", PNG))

    assert [domain.name for domain in read(path).domains] == ["a.de", "b.fr"]


def test_folders_of_sites_may_hold_several_files(tmp_path: Path) -> None:
    names = [f"{site}/icon-{n}.png" for site in ("a.de", "B (b.fr)", "c.ch") for n in range(4)]
    path = zip_of(tmp_path, *((f"icons/{name}", PNG) for name in names))

    assert [domain.name for domain in read(path).domains] == ["a.de", "b.fr", "c.ch"]


def test_path_traversal_in_member_names_has_no_effect(tmp_path: Path) -> None:
    path = zip_of(tmp_path, ("../../etc/a.de.png", PNG), ("C:\\x\\b.de.png", PNG))

    reading = read(path)

    assert [domain.name for domain in reading.domains] == ["a.de", "b.de"]
    assert read_member(path, "../../etc/a.de.png") == PNG
    assert [file.name for file in tmp_path.iterdir()] == ["logos.zip"]


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    assert read_member(zip_of(tmp_path, ("a.de.png", b"old")), "a.de.png") == b"old"
    assert read_member(zip_of(tmp_path, ("a.de.png", b"newer")), "a.de.png") == b"newer"


def test_a_missing_member_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableUpload, match=r"The archive has no x\.png"):
        read_member(zip_of(tmp_path, ("a.de.png", PNG)), "x.png")


def test_a_member_above_the_size_limit_is_rejected_without_unpacking(tmp_path: Path) -> None:
    path = zip_of(tmp_path, ("a.de.png", bytes(MAX_MEMBER_BYTES + 1)), ("b.de.png", PNG))

    assert read(path).rejected == (Rejected(1, "a.de.png", "The file is larger than 5 MB"),)
    with pytest.raises(UnreadableUpload, match=r"a\.de\.png is larger than 5 MB"):
        read_member(path, "a.de.png")


def test_a_bomb_of_many_members_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path, *((f"s{n}.de.png", bytes(MAX_MEMBER_BYTES)) for n in range(11)))

    with pytest.raises(UnreadableUpload, match="The ZIP unpacks to far more than images ever do"):
        read(path)


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path, ("a.de.png", PNG))
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)

    with pytest.raises(UnreadableUpload, match="The ZIP is encrypted"):
        read(path)


def test_a_truncated_zip_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path, ("a.de.png", PNG))
    path.write_bytes(path.read_bytes()[:-30])

    with pytest.raises(UnreadableUpload, match="The ZIP file is damaged or incomplete"):
        read(path)


@pytest.mark.parametrize(
    ("names", "domains"),
    [
        (["x.ch (1).png", "y.de_logo.png", "https___z.at_.png"], ["x.ch", "y.de", "z.at"]),
        (["x.ch.png.png", "y.de.svg.PNG", "z.at-2.jpg"], ["x.ch", "y.de", "z.at"]),
        (["x.ch/logo.png", "y.de/logo.png", "z.at/icon.svg"], ["x.ch", "y.de", "z.at"]),
        (["u\u0308ber.de.png"], ["xn--ber-goa.de"]),
        (["x.ch.64.png", "y.de.32x32.tif", "https---z.at.heic"], ["x.ch", "y.de", "z.at"]),
        (["http%3A%2F%2Fx.ch%2F.png", "y.de.png"], ["x.ch", "y.de"]),
        (["logo-x.ch.png", "favicon_y.de.png"], ["x.ch", "y.de"]),
        (["screenshot-x.ch.png", "screenshot_y.de.png"], ["x.ch", "y.de"]),
        (["0001-x.ch.png", "0002-y.de.png"], ["x.ch", "y.de"]),
        (["https-x.ch-443.png", "https.y.de.png"], ["x.ch", "y.de"]),
        (["x.ch.logo.png", "y.de.min.svg.png", "{z.at}.png"], ["x.ch", "y.de", "z.at"]),
        (["kaffee_ch.png", "https__velo-werk_at__da39a3.png"], ["kaffee.ch", "velo-werk.at"]),
        (["logo_de.png", "logo_fr.png"], ["logo_de.png", "logo_fr.png"]),
    ],
)
def test_the_domain_is_found_in_the_names_of_files_and_folders(
    tmp_path: Path, names: list[str], domains: list[str]
) -> None:
    reading = read(zip_of(tmp_path, *((name, PNG) for name in names)))

    assert [domain.name for domain in reading.domains] == domains
    assert reading.rejected == ()


@pytest.mark.parametrize("codec", ["utf-8", "cp437", "cp850", "cp1252", "cp866"])
def test_names_without_the_flag_of_utf8_are_read_by_content(tmp_path: Path, codec: str) -> None:
    name = "пример.рф.png" if codec == "cp866" else "bücher.de.png"
    path = zip_of(tmp_path, ("x" * len(name.encode(codec)), PNG), ("kaffee.ch.png", PNG))
    path.write_bytes(path.read_bytes().replace(b"x" * len(name.encode(codec)), name.encode(codec)))

    reading = read(path)

    assert reading.domains[0].name in ("xn--bcher-kva.de", "xn--e1afmkfd.xn--p1ai")
    assert read_member(path, reading.domains[0].member) == PNG


def test_files_of_systems_in_any_folder_are_skipped(tmp_path: Path) -> None:
    path = zip_of(
        tmp_path,
        ("Logos/a.de.png", PNG),
        ("Logos/Thumbs.db", b"x"),
        ("Logos/desktop.ini", b"x"),
        ("Logos/__MACOSX/._a.de.png", b"x"),
    )

    assert read(path).n_rows == 1


def test_images_with_one_file_name_keep_their_folders(tmp_path: Path) -> None:
    reading = read(zip_of(tmp_path, ("A/logo.png", PNG), ("B/Logo.png", PNG), ("c.png", PNG)))

    assert [domain.name for domain in reading.domains] == ["A_logo.png", "B_Logo.png", "c.png"]
