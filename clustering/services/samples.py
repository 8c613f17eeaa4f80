"""The sample data set: a recorded little web that goes through the real pipeline, offline."""

from pathlib import Path
from typing import Final

from django.db import transaction

from clustering.models import Dataset, User
from clustering.pipeline.embedders import DEFAULT
from clustering.services import intake

FOLDER: Final = Path(__file__).resolve().parent.parent / "sample"
WEB_FILE: Final = FOLDER / "web.zip"
LIST_FILE: Final = FOLDER / "domains.csv"


@transaction.atomic
def make_sample(user: User) -> Dataset:
    """Upload the sample's list for ``user``; it is fetched from the recorded web."""
    dataset = intake.receive_upload(
        user,
        source_name=LIST_FILE.name,
        chunks=[LIST_FILE.read_bytes()],
        embedder=DEFAULT,
        name="Sample",
    )
    dataset.web = Dataset.Web.SAMPLE
    dataset.save(update_fields=["web"])
    return dataset
