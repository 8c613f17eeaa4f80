"""Webhooks of users and data sets, and sending: signed, retried, addresses checked."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from ipaddress import ip_network
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from clustering import conf
from clustering.models import Dataset, Delivery, User, Webhook
from clustering.models.work import LeasedWork
from clustering.pipeline.errors import FetchError, InputError
from clustering.pipeline.web.addresses import AddressRules, vet_url
from clustering.pipeline.web.client import ClientOptions, SafeClient
from clustering.services import audit
from clustering.services.work import leases

MOST_WEBHOOKS: Final = 5  # of one user, and of one data set
MOST_AT_ONCE: Final = 20
THREADS: Final = 10
SECONDS: Final = 10.0  # of one delivery
MOST_TRIES: Final = 10
FIRST_BACKOFF: Final = timedelta(seconds=30)  # doubles: about four hours in all
KEPT: Final = timedelta(days=30)
SECRET_BYTES: Final = 32
SENDERS_HEADER: Final = "X-Logosite-"
MakeClient = Callable[[], SafeClient]


def of_user(user: User) -> QuerySet[Webhook]:
    """Return the webhooks for all data sets that a user owns."""
    return user.webhooks.filter(dataset=None)


def add(user: User, url: str, dataset: Dataset | None = None) -> Webhook:
    """Make a webhook for a data set, or for all that the user owns; its secret is shown once.

    Raises:
        InputError: if the address is not public, or there are ``MOST_WEBHOOKS``.
    """
    try:
        vet_url(url, _rules())
    except FetchError as error:
        raise InputError(f"this address cannot be used: {error}") from error
    with transaction.atomic():
        if _locked_count(user, dataset) >= MOST_WEBHOOKS:
            raise InputError(f"there are {MOST_WEBHOOKS} webhooks; remove one first")
        audit.record(audit.Action.WEBHOOK_ADDED, actor=user, dataset=dataset, detail=url)
        secret = secrets.token_urlsafe(SECRET_BYTES)
        return user.webhooks.create(dataset=dataset, url=url, secret=secret)


@transaction.atomic
def remove(hook: Webhook, user: User) -> None:
    """Remove a webhook with its log."""
    audit.record(audit.Action.WEBHOOK_REMOVED, actor=user, dataset=hook.dataset, detail=hook.url)
    hook.delete()


def send_again(delivery: Delivery) -> None:
    """Queue a delivery that has ended, with the same id and body."""
    Delivery.objects.filter(pk=delivery.pk, finished_at__isnull=False).update(
        status=LeasedWork.Status.QUEUED,
        next_try_at=timezone.now(),
        finished_at=None,
        n_tries=0,
        attempts=0,
        error_code="",
        error_detail="",
    )


def send_due(make_client: MakeClient | None = None) -> int:
    """Send deliveries that are due, a few at a time; return how many. One query if none is."""
    due = list(Delivery.objects.due().values_list("pk", flat=True)[:MOST_AT_ONCE])
    claimed = [one for pk in due if (one := leases.claim_to_run(Delivery, pk))]
    for delivery in claimed:
        delivery.webhook  # read here: the threads use no database  # noqa: B018
    if not claimed:
        return 0
    with leases.heartbeat(*claimed), ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(lambda one: _sent(one, make_client or _client), claimed))
    for delivery, error in zip(claimed, results, strict=True):
        _save(delivery, error)
    return len(claimed)


def signature(secret: str, timestamp: str, body: str) -> str:
    """Return the signature that a receiver compares: HMAC-SHA256 of ``timestamp.body`` as hex."""
    signed = f"{timestamp}.{body}".encode()
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def forget_old() -> None:
    """Delete deliveries older than ``KEPT``. One write."""
    Delivery.objects.filter(created_at__lt=timezone.now() - KEPT).delete()


def _locked_count(user: User, dataset: Dataset | None) -> int:
    """Return how many webhooks there are; parallel requests wait for this transaction."""
    if dataset is None:
        User.objects.select_for_update().get(pk=user.pk)
        return of_user(user).count()
    Dataset.objects.select_for_update(no_key=True).get(pk=dataset.pk)
    return dataset.webhooks.count()


def _sent(delivery: Delivery, make_client: MakeClient) -> FetchError | None:
    timestamp = str(int(time.time()))
    signed = signature(delivery.webhook.secret, timestamp, delivery.body)
    headers = {
        "Content-Type": "application/json",
        f"{SENDERS_HEADER}Event": delivery.event,
        f"{SENDERS_HEADER}Delivery": str(delivery.uuid),
        f"{SENDERS_HEADER}Timestamp": timestamp,
        f"{SENDERS_HEADER}Signature": f"sha256={signed}",
    }
    client = make_client()
    try:
        client.post(delivery.webhook.url, delivery.body.encode(), headers)
    except FetchError as error:
        return error
    finally:
        client.close()
    return None


def _save(delivery: Delivery, error: FetchError | None) -> None:
    n_tries = delivery.n_tries + 1
    mine = Delivery.objects.filter(pk=delivery.pk, lease_token=delivery.lease_token)
    mine.update(n_tries=n_tries)
    if error is None:
        leases.finish(delivery)
    elif n_tries >= MOST_TRIES:
        leases.fail(delivery, error.code, str(error))
    else:
        leases.postpone(delivery, error, FIRST_BACKOFF * 2 ** (n_tries - 1))


def _client() -> SafeClient:
    options = ClientOptions(
        conf.fetch_options().user_agent, rules=_rules(), domain_seconds=SECONDS
    )
    return SafeClient(options)


def _rules() -> AddressRules:
    denied = (ip_network(cidr) for cidr in conf.fetch_options().deny_cidrs)
    return AddressRules(denied=tuple(denied))
