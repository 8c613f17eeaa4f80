"""Requests to classify single logos."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils import timezone

from clustering import conf
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
    """A line that is neither a domain nor an address, and why."""

    text: str
    reason: str


@dataclass(frozen=True)
class Upload:
    """An uploaded file; read when its turn comes, so that one at a time is in memory."""

    name: str
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Files:
    """Uploaded files, and what decodes one and stores it."""

    uploads: Sequence[Upload]
    keep: Keep


def ask(run: Run, user: User, lines: Iterable[str], files: Files | None = None) -> list[Refused]:
    """Ask about domains and addresses, one a line, and uploaded images, in one write at the end.

    Images are decoded and stored one by one before it, and in no transaction: that would hold
    up every other writer for seconds. One that cannot be read is answered with the reason.

    Returns:
        The lines that are neither a domain nor an address.

    Raises:
        InputError: if there is nothing to ask about, or more than 50 lines or files.
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
    return refused


def ask_with_files(
    run: Run, user: User, lines: Iterable[str], uploads: Sequence[Upload]
) -> list[Refused]:
    """Like :func:`ask`; a child process decodes the files, as the web process keeps none."""
    root = conf.places().media
    with Decoder(1) as decoder:
        files = Files(uploads, lambda content: keep_image(decoder.decode(content), root))
        return ask(run, user, lines, files)


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
            f"{most} are more than the {MOST_AT_ONCE} that are compared at once; to sort"
            " many in, add them to the data set"
        )


def _asked(run: Run, user: User, line: str) -> Classification:
    """Return the question: an address with a path may be an image, else it names a site."""
    name, is_deep = normalise(line), is_address(line)
    return Classification(
        dataset_id=run.dataset_id,
        run=run,
        asked_by=user,
        kind=Kind.ADDRESS if is_deep else Kind.SITE,
        given=as_shown(line, MAX_ADDRESS_CHARS) if is_deep else name,
    )


def forget_ended(dataset: Dataset) -> int:
    """Delete the questions about a data set that are answered or failed; return how many."""
    ended = dataset.classifications.exclude(pk__in=dataset.classifications.unfinished())
    return ended.delete()[0]


def forget_old() -> None:
    """Delete questions that were asked a week ago."""
    Classification.objects.forgettable().delete()
