"""Reading labels.csv."""

import pytest

from clustering.pipeline.errors import InputError
from clustering.pipeline.evaluation import LabelTruth, label_files
from clustering.pipeline.evaluation.label_files import for_names, read_labels


def test_each_line_labels_a_domain() -> None:
    content = b"domain,brand,look,kind\nwww.Nova.DE,nova,main,gold\nlogo 7,,,bad\n"

    assert read_labels(content) == {
        "nova.de": LabelTruth("nova", "main", "gold"),
        "logo 7": LabelTruth("", "", "bad"),
    }


def test_two_columns_are_enough() -> None:
    content = "\ufeffBrand, Domain\nnova,nova.de\nnova,nova.fr\nsolo,solo.it\n".encode()

    kinds = {name: one.kind for name, one in read_labels(content).items()}

    assert kinds == {"nova.de": "gold", "nova.fr": "gold", "solo.it": "singleton"}


def test_the_last_line_of_a_repeated_domain_counts() -> None:
    content = b"domain,brand\nnova.de,nova\nwww.nova.de,other\n"

    assert read_labels(content)["nova.de"].brand == "other"


def test_characters_that_no_database_stores_are_removed() -> None:
    content = f"domain,brand\nnova.de,no\0va{'x' * 500}\n".encode()

    assert read_labels(content)["nova.de"].brand == f"nova{'x' * 249}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "needs the columns domain, brand"),
        (b"domain,name\na.de,b\n", "needs the columns domain, brand"),
        (b"domain,brand\n", "labels no domain"),
        (b"domain,brand\nnova.de,\n", "line 2 of mine.csv lacks a domain or a brand"),
        (b"domain,brand\nnova.de\n", "line 2 of mine.csv lacks a domain or a brand"),
        (b"domain,brand\n\xff\xfe,x\n", "is not a CSV file in UTF-8"),
        (b'domain,brand\n"nova.de,x\n', "is not a CSV file in UTF-8"),
    ],
)
def test_other_files_are_refused(content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_labels(content, "mine.csv")


def test_a_file_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_files, "MAX_BYTES", 20)

    with pytest.raises(InputError, match="larger than"):
        read_labels(b"domain,brand\nnova.de,nova\n")


def test_labels_of_image_files_match_without_case_folders_and_extension() -> None:
    truth = read_labels(b"domain,brand\nlogos/IMG_1.PNG,Acme\nIMG_2,Acme\na.de,Bolt\n")

    found = for_names(truth, ["img_1.png", "IMG_2.jpg", "a.de", "a.png", "b.de"])

    assert {name: one.brand for name, one in found.items()} == {
        "img_1.png": "Acme",
        "IMG_2.jpg": "Acme",
        "a.de": "Bolt",
    }
