"""The stage that reads words in logos: once a picture, over kills, with its progress."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from clustering import tasks
from clustering.models import Dataset, Logo, LogoWords, Run, User, WordReading
from clustering.pipeline.naming import reading
from clustering.pipeline.naming.reading import TextLine
from clustering.selectors import progress
from clustering.selectors import words as selector
from clustering.services import words, workflow
from clustering.services.runs.request import request_first_run
from clustering.services.storage import keep_image
from clustering.services.work import leases
from tests.factories import make_dataset, make_domain, make_image
from tests.pictures import as_png, drawn

pytestmark = pytest.mark.django_db


class Engine:
    """Reads ``Nova Bank`` in every picture; counts the pictures, and dies when told to."""

    def __init__(self) -> None:
        self.n_read = 0
        self.dies_at = 0

    def __call__(self, pixels: Any) -> list[TextLine]:
        self.n_read += 1
        if self.n_read == self.dies_at:
            raise SystemExit
        return [TextLine("Nova", 0.98, 0, 0, 40), TextLine("Bank & Söhne", 0.9, 60, 0, 12)]


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(reading, "REQUIRED", ())


@pytest.fixture
def dataset(alice: User) -> Dataset:
    found = make_dataset(alice)
    for name in ("a", "b", "c"):
        make_domain(found, f"{name}.de", logo=kept(name))
    make_domain(found, "c.fr", logo=Logo.objects.last())
    words.ask(found, is_on=True)
    return found


def kept(name: str) -> Logo:
    return keep_image(replace(make_image(name), png=as_png(drawn("ring"))))


def read(dataset: Dataset, engine: Engine) -> None:
    asked = words.claim(dataset)
    assert asked is not None
    words.read_next(asked, engine)


def stage(dataset: Dataset) -> progress.StageProgress:
    return next(one for one in progress.stages(dataset) if one.name == "words")


def free_lease() -> None:
    WordReading.objects.update(next_try_at=WordReading.objects.get().created_at)


def test_each_picture_is_read_once(dataset: Dataset, engine: Engine, bob: User) -> None:
    other = make_dataset(bob)
    make_domain(other, "x.de", logo=Logo.objects.first())
    words.ask(other, is_on=True)

    read(dataset, engine)

    assert engine.n_read == 3
    assert workflow.next_stage(dataset) is None
    assert workflow.next_stage(other) is None
    assert (stage(dataset).state, stage(dataset).done, stage(dataset).total) == ("done", 3, 3)
    row = LogoWords.objects.filter(logo__captures__domain__name="c.fr").get()
    assert row.lines == [["Nova", 0.98], ["Bank & Söhne", 0.9]]
    assert (row.text, row.name, row.name_score) == (" nova bank söhne", "Nova", 0.98)


def test_a_killed_worker_loses_no_word(dataset: Dataset, engine: Engine) -> None:
    engine.dies_at = 2
    with pytest.raises(SystemExit):
        read(dataset, engine)
    assert LogoWords.objects.filter(read_at__isnull=False).count() == 1
    assert words.claim(dataset) is None  # still leased
    free_lease()

    read(dataset, engine)

    assert LogoWords.objects.filter(read_at__isnull=False).count() == 3
    assert engine.n_read == 4  # the one that was cut short again, none twice


def test_a_logo_that_kills_its_workers_is_left_out(dataset: Dataset, engine: Engine) -> None:
    for _ in range(2):
        engine.dies_at = engine.n_read + 1
        with pytest.raises(SystemExit):
            read(dataset, engine)
        free_lease()

    read(dataset, engine)

    assert LogoWords.objects.filter(read_at__isnull=False).count() == 2
    assert workflow.next_stage(dataset) is None


def test_logos_that_come_later_are_read(dataset: Dataset, engine: Engine) -> None:
    read(dataset, engine)
    make_domain(dataset, "d.de", logo=kept("d"))

    assert workflow.next_stage(dataset) is workflow.Work.WORDS
    assert not workflow.is_done(dataset)
    assert stage(dataset).state == "working"
    read(dataset, engine)

    assert (engine.n_read, stage(dataset).done, stage(dataset).total) == (4, 4, 4)
    assert workflow.is_done(dataset)


def test_words_wait_for_runs_that_a_worker_has(dataset: Dataset) -> None:
    run = request_first_run(dataset)
    assert leases.claim(run) is not None

    assert workflow.next_stage(dataset) is None
    assert stage(dataset).state == "waiting"
    Run.objects.update(status=Run.Status.FAILED)
    assert workflow.next_stage(dataset) is workflow.Work.WORDS


def test_the_task_reads_in_short_parts(
    dataset: Dataset, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "MAX_SECONDS", -1.0)  # each part ends before its first logo
    monkeypatch.setattr(tasks, "rapidocr_engine", lambda: engine)
    advanced: list[int] = []
    monkeypatch.setattr(tasks.advance, "delay", advanced.append)
    tasks.read_words(dataset.pk)
    assert (engine.n_read, advanced) == (0, [dataset.pk])
    assert workflow.next_stage(dataset) is workflow.Work.WORDS

    monkeypatch.setattr(words, "MAX_SECONDS", 60.0)
    tasks.read_words(dataset.pk)

    assert (engine.n_read, advanced) == (3, [dataset.pk] * 2)


def test_nothing_is_read_unasked_or_without_a_reader(
    dataset: Dataset, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "REQUIRED", ("no_such_engine",))
    assert workflow.next_stage(dataset) is None
    assert workflow.is_done(dataset)
    assert stage(dataset).state == "blocked"

    words.ask(dataset, is_on=False)
    monkeypatch.setattr(reading, "REQUIRED", ())
    assert workflow.next_stage(dataset) is None
    assert words.claim(dataset) is None
    assert selector.asked_reading(dataset) is None


def test_a_missing_file_ends_as_without_words(dataset: Dataset, engine: Engine) -> None:
    Logo.objects.filter(captures__domain__name="a.de").update(sha256="0" * 64)

    read(dataset, engine)

    row = LogoWords.objects.get(logo__captures__domain__name="a.de")
    assert (row.text, row.lines, row.read_at is not None) == ("", [], True)
    assert engine.n_read == 2
