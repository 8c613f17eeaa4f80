"""A bulk run whose files are in an object store."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pyarrow import fs

from clustering.pipeline.bulk import running
from clustering.pipeline.bulk.engines import Processes
from tests.object_store import BUCKET, object_store
from tests.pipeline.bulk.runs import digests, small_run

pytestmark = pytest.mark.slow


def test_the_files_are_those_of_a_run_on_disk(tmp_path: Path) -> None:
    small_run(tmp_path / "disk", 2_500)
    with object_store() as (settings, _):
        server = urlsplit(settings["S3_ENDPOINT_URL"])
        root = (
            f"s3://key:secret@{BUCKET}/run"
            f"?scheme=http&endpoint_override={server.netloc}&region=us-east-1"
        )
        bucket, path = fs.FileSystem.from_uri(root)
        disk = fs.LocalFileSystem()
        fs.copy_files(str(tmp_path / "disk"), path, disk, bucket)

        with Processes(1) as engine:
            running.run(root, engine)
            running.run(str(tmp_path / "disk"), engine)

        fs.copy_files(path, str(tmp_path / "bucket"), bucket, disk)
    assert digests(tmp_path / "bucket") == digests(tmp_path / "disk")
    assert len(list((tmp_path / "bucket" / "labels").iterdir())) > 1
