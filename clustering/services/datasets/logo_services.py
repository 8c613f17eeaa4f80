"""Logo services of a data set: off until an editor enables them."""

from collections.abc import Sequence

from django.db.models import QuerySet, Sum

from clustering import conf
from clustering.models import Dataset, Domain
from clustering.pipeline.finders.services import (
    NO_FALLBACK_AFTER,
    SERVICES,
    LogoService,
    template_service,
)


def offered() -> list[LogoService]:
    """Return the known services, with the operator's keys.

    Raises:
        InputError: if the operator's address is invalid.
    """
    keys = conf.logo_service_keys()
    known = [one.with_key(keys.logo_dev if one.needs_key else "") for one in SERVICES.values()]
    if keys.template:
        known.append(template_service(keys.template, keys.template_key))
    return known


def enabled(dataset: Dataset) -> tuple[LogoService, ...]:
    """Return the services that are asked for the data set's sites, in the order offered."""
    if not dataset.logo_services:
        return ()
    return tuple(one for one in offered() if one.is_ready and one.name in dataset.logo_services)


def enable(dataset: Dataset, names: Sequence[str]) -> None:
    """Enable these services and disable all others."""
    known = {one.name for one in offered()}
    dataset.logo_services = sorted(known.intersection(names))
    dataset.save(update_fields=["logo_services"])


def askable(dataset: Dataset) -> QuerySet[Domain]:
    """Return the failed domains that a service may be asked about."""
    return dataset.domains.failed().with_site().exclude(error_code__in=NO_FALLBACK_AFTER)


def n_askable(dataset: Dataset) -> int:
    """Return the number of :func:`askable` domains; of a list from the kept counts."""
    if dataset.kind == Dataset.Kind.IMAGES:
        return askable(dataset).count()
    failed = dataset.domain_counts.filter(status=Domain.Status.FAILED)
    counted = failed.exclude(error_code__in=NO_FALLBACK_AFTER).aggregate(total=Sum("n"))
    return counted["total"] or 0
