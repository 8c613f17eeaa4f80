"""Captures of a domain, and which one is primary."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from clustering.models import Capture, Domain, Logo, LogoChoice
from clustering.pipeline.domains.names import MAX_ADDRESS_CHARS, as_shown
from clustering.pipeline.finders import SiteLogo
from clustering.pipeline.finders.chances import SURE
from clustering.pipeline.imaging.fingerprints import FileFingerprint
from clustering.services import counts
from clustering.services.work import due

REPLACED: Final = ("finder", "rank", "score", "evidence", "fetched_at", "is_offered",
                   "file_mmh3", "file_md5", "file_sha256")  # fmt: skip


def found_values(site: SiteLogo) -> dict[str, Any]:
    """Return the fetch result as fields of the domain."""
    return {
        "kind": site.kind,
        "is_doubtful": site.confidence < SURE or site.kind == "icon_only",
        "confidence": site.confidence,
        "final_url": as_shown(site.final_url, MAX_ADDRESS_CHARS),
        "error_code": "",
        "error_detail": "",
        "finished_at": timezone.now(),
    }


@transaction.atomic
def replace_offered(domain: Domain, site: SiteLogo, logos: Mapping[str, Logo]) -> None:
    """Replace the site's candidates by those of a new fetch, and update the primary one.

    Captures that a person uploaded or chose stay. The caller updates the counts
    (``counts.domains_kept``).
    """
    held = domain.choices.in_force().exclude(capture=None).values("capture")
    domain.captures.filter(is_offered=True).exclude(pk__in=held).delete()
    kept = {(one.source_url, one.logo_id): one for one in domain.captures.all()}
    offered = list(_captures(domain, site, logos))
    fresh = [one for one in offered if (one.source_url, one.logo_id) not in kept]
    if not kept and domain.decided_at is None:  # the usual case, without further queries
        fresh[0].is_primary = True
        Capture.objects.bulk_create(fresh)
        Domain.objects.filter(pk=domain.pk).update(**shown_values(fresh[0]))
        return
    Capture.objects.bulk_create(fresh)
    _refresh(kept, offered)
    _update_primary(domain)


def _refresh(kept: Mapping[tuple[str, int], Capture], offered: Iterable[Capture]) -> None:
    """Update the captures that stay from the new fetch."""
    seen = {(one.source_url, one.logo_id): one for one in offered}
    for key, capture in kept.items():
        capture.is_offered = False
        if key in seen:
            for name in REPLACED:
                setattr(capture, name, getattr(seen[key], name))
        capture.save(update_fields=REPLACED)


def shown_values(primary: Capture | None) -> dict[str, Any]:
    """Return the denormalised fields of a domain from its primary capture."""
    return {
        "finder": primary.finder if primary else "",
        "has_placeholder": primary.logo.is_placeholder if primary else False,
        "logo_changed_at": timezone.now(),
    }


def update_primary(domain: Domain) -> None:
    """Set primary capture and status, and update the counts of the data set."""
    with transaction.atomic(), counts.domains_kept(domain.dataset_id, [domain.pk]):
        _update_primary(domain)
        due.mark(domain.dataset_id)


def _update_primary(domain: Domain) -> None:
    """Set primary capture and status from the newest choice in force.

    Without a choice, the best candidate is primary. At most seven queries.
    """
    domain.refresh_from_db()
    choice = domain.choices.in_force().select_related("capture__logo").last()
    offered = domain.captures.filter(is_offered=True).select_related("logo").first()
    primary = choice.capture if choice else offered
    primary_id = primary.pk if primary else 0
    domain.captures.filter(is_primary=True).exclude(pk=primary_id).update(is_primary=False)
    domain.captures.filter(pk=primary_id).update(is_primary=True)
    domain.status = _status(domain, choice, primary)
    domain.decided_at = choice.created_at if choice else None
    if domain.status == Domain.Status.PENDING:
        domain.next_try_at = timezone.now()
    else:
        domain.lease_token = None
    shown = shown_values(primary)
    for name, value in shown.items():
        setattr(domain, name, value)
    domain.save(update_fields=["status", "decided_at", "lease_token", "next_try_at", *shown])


def _status(domain: Domain, choice: LogoChoice | None, primary: Capture | None) -> str:
    if primary is not None:
        return Domain.Status.FOUND
    if choice is not None:
        return Domain.Status.IGNORED
    has_failed = domain.error_code and domain.finished_at is not None
    return Domain.Status.FAILED if has_failed else Domain.Status.PENDING


def _captures(domain: Domain, site: SiteLogo, logos: Mapping[str, Logo]) -> Iterator[Capture]:
    seen: set[str] = set()
    at = timezone.now()
    for rank, captured in enumerate(site.captures):
        url = as_shown(captured.candidate.source_url, MAX_ADDRESS_CHARS)
        if url in seen:
            continue
        seen.add(url)
        yield Capture(
            domain=domain,
            logo=logos[captured.image.sha256],
            finder=captured.candidate.finder,
            source_url=url,
            rank=rank,
            score=captured.candidate.score,
            evidence=[[item.rule.label, item.points] for item in captured.candidate.evidence],
            fetched_at=at,
            **file_values(captured.file),
        )


def file_values(file: FileFingerprint | None) -> dict[str, Any]:
    """Return the fields of a capture for the fingerprint of its file."""
    if file is None:
        return {}
    return {"file_mmh3": file.mmh3, "file_md5": file.md5, "file_sha256": file.sha256}
