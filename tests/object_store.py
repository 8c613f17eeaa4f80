"""A server with the protocol of S3 on loopback, with one private bucket."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.server import ThreadedMotoServer

from clustering import conf
from clustering.services import file_store

BUCKET = "logos-of-tests"


@contextmanager
def object_store() -> Iterator[tuple[dict[str, str], Any]]:
    """Yield the settings that name a bucket, and a client of it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # it tells every request
    server.start()
    host, port = server.get_host_and_port()
    settings = {
        "S3_BUCKET": BUCKET,
        "S3_ENDPOINT_URL": f"http://{host}:{port}",
        "S3_REGION": "us-east-1",
        "S3_PREFIX": "brands/",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }
    client = file_store.client(
        conf.S3(BUCKET, settings["S3_ENDPOINT_URL"], "us-east-1", "", "key", "secret", "")
    )
    client.create_bucket(Bucket=BUCKET)
    try:
        yield settings, client
    finally:
        server.stop()


def keys(client: Any) -> list[str]:
    """Return the keys of all files."""
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    return [one["Key"] for page in pages for one in page.get("Contents", [])]
