"""Where files lie: in a folder, or in a bucket of a service that speaks the protocol of S3.

Names are relative paths, such as ``uploads/1a2b``. A file appears when it is whole.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import uuid4

from clustering import conf
from clustering.pipeline.errors import StorageDown

READY: Final = ".ready"
CONNECT_SECONDS: Final = 3
READ_SECONDS: Final = 20
N_CONNECTIONS: Final = 64  # kept open by one process; its threads share them


class FileStore(Protocol):
    """Files by name.

    A service that does not answer raises StorageDown; a folder raises OSError.
    """

    def read(self, name: str) -> bytes:
        """Return a file; raises FileNotFoundError."""
        ...

    def has(self, name: str) -> bool:
        """Whether there is a file."""
        ...

    def write(self, name: str, content: bytes) -> None:
        """Write a file, also across a crash."""
        ...

    def write_cached(self, name: str, content: bytes) -> None:
        """Write a file that can be made again; a crash of the machine may damage it."""
        ...

    def take(self, name: str, file: Path) -> None:
        """Store a temporary file of this machine, which is gone afterwards."""
        ...

    def delete(self, name: str) -> None:
        """Delete a file, if it is there."""
        ...

    def local(self, name: str) -> AbstractContextManager[Path]:
        """Yield the path of a file on this machine; nothing is there if the file is missing."""
        ...


def store() -> FileStore:
    """Return the store of all logos and uploads."""
    s3 = conf.s3()
    return Bucket(client(s3), s3.bucket, s3.prefix) if s3 else Folder(conf.places().files)


def problem() -> str:
    """Return why files cannot be written; "" if they can."""
    try:
        store().write(READY, b"")
    except (OSError, StorageDown):
        return "cannot be written"
    return ""


@contextmanager
def scratch_file() -> Iterator[Path]:
    """Yield a path for a temporary file.

    A file that a killed process leaves behind is deleted later (``storage.forget_spools``).
    """
    spool = conf.places().spool
    spool.mkdir(parents=True, exist_ok=True)
    file = spool / uuid4().hex
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)


@dataclass(frozen=True)
class Folder:
    """Files below a folder."""

    root: Path

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def has(self, name: str) -> bool:
        return (self.root / name).is_file()

    def write(self, name: str, content: bytes) -> None:
        self._write(name, content, is_durable=True)

    def write_cached(self, name: str, content: bytes) -> None:
        self._write(name, content, is_durable=False)

    def _write(self, name: str, content: bytes, *, is_durable: bool) -> None:
        temporary = self._new(name)
        try:
            with temporary.open("wb") as handle:
                handle.write(content)
                if is_durable:
                    handle.flush()
                    os.fsync(handle.fileno())
            temporary.replace(self.root / name)
        finally:
            temporary.unlink(missing_ok=True)

    def take(self, name: str, file: Path) -> None:
        temporary = self._new(name)
        try:
            shutil.move(file, temporary)  # the spool may be on another file system
            with temporary.open("rb") as handle:
                os.fsync(handle.fileno())
            temporary.replace(self.root / name)
        finally:
            temporary.unlink(missing_ok=True)

    def delete(self, name: str) -> None:
        (self.root / name).unlink(missing_ok=True)

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        yield self.root / name

    def _new(self, name: str) -> Path:
        """Return a temporary name beside ``name``."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.with_name(f".{path.name}.{uuid4().hex}")


@dataclass(frozen=True)
class Bucket:
    """Files in a bucket, below a prefix; only the product reads them."""

    client: Any
    bucket: str
    prefix: str

    def read(self, name: str) -> bytes:
        with _answered():
            content: bytes = self.client.get_object(**self._at(name))["Body"].read()
            return content

    def has(self, name: str) -> bool:
        try:
            with _answered():
                self.client.head_object(**self._at(name))
        except FileNotFoundError:
            return False
        return True

    def write(self, name: str, content: bytes) -> None:
        with _answered():
            self.client.put_object(**self._at(name), Body=content)

    def write_cached(self, name: str, content: bytes) -> None:
        self.write(name, content)

    def take(self, name: str, file: Path) -> None:
        with _answered(), file.open("rb") as handle:
            self.client.put_object(**self._at(name), Body=handle)
        file.unlink()

    def delete(self, name: str) -> None:
        with _answered():
            self.client.delete_object(**self._at(name))

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        with scratch_file() as file:
            with suppress(FileNotFoundError), _answered():
                content = self.client.get_object(**self._at(name))["Body"]
                with file.open("wb") as handle:
                    shutil.copyfileobj(content, handle)
            yield file

    def _at(self, name: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": f"{self.prefix}{name}"}


@contextmanager
def _answered() -> Iterator[None]:
    """Turn the errors of the service into FileNotFoundError and StorageDown."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == HTTPStatus.NOT_FOUND and error.response["Error"]["Code"] != "NoSuchBucket":
            raise FileNotFoundError(str(error)) from error
        raise StorageDown(f"the storage refuses: {error}") from error
    except BotoCoreError as error:
        raise StorageDown(f"the storage does not answer: {error}") from error


@cache
def client(s3: conf.S3) -> Any:
    """Return the client of this process; threads share it."""
    import boto3  # optional, and slow to import
    from botocore.config import Config

    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 2},
        max_pool_connections=N_CONNECTIONS,
        # Services other than Amazon's do not know all checksums.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    # A session of its own: boto3's default one is not safe to be made by several threads.
    return boto3.session.Session().client(
        "s3",
        endpoint_url=s3.endpoint_url or None,
        region_name=s3.region or None,
        aws_access_key_id=s3.access_key or None,
        aws_secret_access_key=s3.secret_key or None,
        aws_session_token=s3.session_token or None,
        config=config,
    )
