"""Requests to classify single logos."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils import timezone

from clustering.models import Classification, Dataset, Logo, Run, User
from clustering.pipeline.domains.names import MAX_ADDRESS_CHARS, as_shown, normalise
from clustering.pipeline.errors import InputError, PipelineError
from clustering.pipeline.imaging.decoder import Decoder
from clustering.services.classification.worker import is_address
from clustering.services.storage import keep_image
from clustering.services.work import due

MOST_AT_ONCE: Final = 50  # lines or files; for more, add them to the data set
Keep = Callable[[bytes], Logo]
Kind = Classification.Kind


@dataclass(frozen=True)
class Refused:
    """A line that is neither a domain nor an address, with the reason."""

    text: str
    reason: str


@dataclass(frozen=True)
class Upload:
    """An uploaded file, read lazily so that one at a time is in memory."""

    name: str
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Files:
    """Uploaded files, and the function that decodes and stores one."""

    uploads: Sequence[Upload]
    keep: Keep


def request_all(
    run: Run, user: User, lines: Iterable[str], files: Files | None = None
) -> tuple[list[Refused], list[Classification]]:
    """Request classification of domains and addresses, one per line, and uploaded images.

    Images are decoded and stored before the transaction, which would otherwise block other
    writers for seconds. The request of an unreadable image fails at once with the reason.

    Returns:
        The lines that are neither a domain nor an address, and the requests.

    Raises:
        InputError: if there is no input, or more than 50 lines or files.
    """
    uploads = files.uploads if files else ()
    texts = [line.strip() for line in lines if line.strip()]
    _check_counts(texts, uploads)
    asked, refused = [], []
    for text in texts:
        try:
            asked.append(_asked(run, user, text))
        except InputError as error:
            refused.append(Refused(as_shown(text), str(error)))
    if files:
        asked += [_asked_file(run, user, upload, files.keep) for upload in uploads]
    with transaction.atomic():
        due.mark(run.dataset_id)
        Classification.objects.bulk_create(asked)
    return refused, asked


def request_all_with_files(
    run: Run, user: User, lines: Iterable[str], uploads: Sequence[Upload]
) -> tuple[list[Refused], list[Classification]]:
    """Like :func:`request_all`, decoding in a child process (the web has no pool)."""
    with Decoder(1) as decoder:
        files = Files(uploads, lambda content: keep_image(decoder.decode(content)))
        return request_all(run, user, lines, files)


def _asked_file(run: Run, user: User, upload: Upload, keep: Keep) -> Classification:
    asked = Classification(
        dataset_id=run.dataset_id,
        run=run,
        asked_by=user,
        kind=Kind.FILE,
        given=as_shown(upload.name),
    )
    try:
        asked.logo = keep(upload.read())
    except PipelineError as error:
        asked.status, asked.finished_at = Classification.Status.FAILED, timezone.now()
        asked.error_code, asked.error_detail = error.code, as_shown(str(error))
    return asked


def _check_counts(texts: Sequence[str], uploads: Sequence[Upload]) -> None:
    most = max(len(texts), len(uploads))
    if most == 0:
        raise InputError("give a domain or an address on each line, or choose images")
    if most > MOST_AT_ONCE:
        raise InputError(
            f"{most} are more than the {MOST_AT_ONCE} allowed at once; add larger"
            " lists to the data set"
        )


def _asked(run: Run, user: User, line: str) -> Classification:
    """Return the request: an address with a path may be an image, any other names a site."""
    name, is_deep = normalise(line), is_address(line)
    return Classification(
        dataset_id=run.dataset_id,
        run=run,
        asked_by=user,
        kind=Kind.ADDRESS if is_deep else Kind.SITE,
        given=as_shown(line, MAX_ADDRESS_CHARS) if is_deep else name,
    )


def forget_ended(dataset: Dataset) -> int:
    """Delete the finished requests of a data set; return their number."""
    ended = dataset.classifications.exclude(pk__in=dataset.classifications.unfinished())
    return ended.delete()[0]


def forget_old() -> None:
    """Delete requests older than a week."""
    Classification.objects.forgettable().delete()
