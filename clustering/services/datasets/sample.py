"""The sample data set: recorded sites that pass through all stages offline."""

from pathlib import Path
from typing import Final

from django.db import transaction

from clustering.models import Dataset, User
from clustering.pipeline.embedders import DEFAULT
from clustering.services.datasets import intake
from clustering.services.runs import request

FOLDER: Final = Path(__file__).resolve().parents[2] / "sample"
WEB_FILE: Final = FOLDER / "web.zip"
LIST_FILE: Final = FOLDER / "domains.csv"


@transaction.atomic
def make_sample(user: User) -> Dataset:
    """Import the sample's list for ``user``, without a preview."""
    dataset = intake.receive_upload(
        user,
        source_name=LIST_FILE.name,
        chunks=[LIST_FILE.read_bytes()],
        embedder=DEFAULT,
        name="Sample",
    )
    dataset.web = Dataset.Web.SAMPLE
    dataset.intake = Dataset.Intake.IMPORTING
    dataset.save(update_fields=["web", "intake"])
    request.request_first_run(dataset)
    return dataset
