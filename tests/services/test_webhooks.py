"""Webhooks: what is told, to whom, how it is signed, retried and refused."""

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clustering import tasks
from clustering.models import (
    AuditEvent,
    Dataset,
    Delivery,
    Membership,
    ReviewItem,
    Run,
    User,
    Webhook,
)
from clustering.pipeline.errors import InputError
from clustering.pipeline.web.client import ClientOptions, SafeClient
from clustering.services import open_reviews
from clustering.services.webhooks import events, sending
from tests.factories import make_dataset, make_run

URL = "http://hooks.example.org/logosite"
PUBLIC = "93.184.216.34"


class Receiver(HTTPServer):
    """A loopback server that answers with ``status`` and keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = 200
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.dialled: list[str] = []

    def client(self) -> SafeClient:
        """Return the product's client, for which a public address leads here."""

        def dial(address: str, port: int, seconds: float) -> socket.socket:
            self.dialled.append(address)
            return socket.create_connection(("127.0.0.1", self.server_port), seconds)

        options = ClientOptions("Logosite-test", domain_seconds=5)
        return SafeClient(options, resolve=lambda host, seconds: [PUBLIC], dial=dial)


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((dict(self.headers), body))
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", "http://127.0.0.1/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def hook(alice: User) -> Webhook:
    return sending.add(alice, URL)


def finished_run(user: User) -> Run:
    return make_run(make_dataset(user), {"A": ["a.de", "b.de"]})


def test_a_finished_run_is_told_once_and_signed(
    hook: Webhook, alice: User, bob: User, receiver: Receiver
) -> None:
    run = finished_run(alice)
    finished_run(bob)

    assert (events.collect(), events.collect()) == (1, 0)
    assert sending.send_due(receiver.client) == 1
    assert sending.send_due(receiver.client) == 0

    ((headers, body),) = receiver.received
    sent = json.loads(body)
    assert (sent["event"], sent["data_set"], sent["run"]) == (
        "run_finished",
        run.dataset.slug,
        run.slug,
    )
    signed = f"{headers['X-Logosite-Timestamp']}.".encode() + body
    expected = hmac.new(hook.secret.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["X-Logosite-Signature"] == f"sha256={expected}"
    assert receiver.dialled == [PUBLIC]


def test_refused_data_sets_and_emptied_reviews_are_told(hook: Webhook, alice: User) -> None:
    make_dataset(alice, intake=Dataset.Intake.REFUSED, error_code="unreadable_upload")
    run = finished_run(alice)
    item = ReviewItem.objects.create(run=run, kind="single", place=1, score=0.5, n_open=1)
    open_reviews.recount_items(run)
    run.corrections.create(dataset=run.dataset, actor=alice, verb="assigned", payload={})
    events.collect()
    assert not Delivery.objects.filter(event="review_emptied").exists()

    with open_reviews.kept(run.pk, ReviewItem.objects.filter(pk=item.pk)) as items:
        items.update(n_open=0)
    events.collect()

    assert set(Delivery.objects.values_list("event", flat=True)) == {
        "dataset_failed",
        "run_finished",
        "review_emptied",
    }


def joined(dataset: Dataset, user: User, role: Membership.Role) -> Membership:
    return Membership.objects.create(dataset=dataset, user=user, role=role)


def test_a_webhook_of_a_data_set_hears_of_it_alone_while_its_user_may_edit(
    alice: User, bob: User
) -> None:
    run, other = finished_run(alice), finished_run(alice)
    membership = joined(run.dataset, bob, Membership.Role.EDITOR)
    hook = sending.add(bob, URL, run.dataset)
    Run.objects.update(finished_at=timezone.now())

    assert events.collect() == 1
    assert json.loads(hook.deliveries.get().body)["data_set"] == run.dataset.slug
    assert not Delivery.objects.filter(body__contains=other.dataset.slug).exists()

    Delivery.objects.all().delete()
    membership.role = Membership.Role.VIEWER
    membership.save()
    assert events.collect() == 0
    membership.delete()
    assert events.collect() == 0


def test_editors_share_the_webhooks_of_a_data_set(
    alice: User, bob: User, alice_client: Client, bob_client: Client
) -> None:
    dataset = finished_run(alice).dataset
    mine = sending.add(bob, URL)
    page = alice_client.post(
        reverse("dataset_webhook_create", args=[dataset.slug]), {"url": URL}
    ).content.decode()
    hook = dataset.webhooks.get()
    assert hook.secret in page
    Run.objects.update(finished_at=timezone.now())
    events.collect()
    delivery = hook.deliveries.get()
    delivery.finished_at = timezone.now()
    delivery.save()
    assert bob_client.get(hook.get_absolute_url()).status_code == 404

    joined(dataset, bob, Membership.Role.EDITOR)

    settings = bob_client.get(reverse("settings", args=[dataset.slug])).content.decode()
    assert URL in settings
    assert hook.secret not in settings
    log = bob_client.get(hook.get_absolute_url()).content.decode()
    assert "Run finished" in log
    # Only what belongs to the address is found by it.
    own = reverse("webhook", args=[hook.pk])
    of_another = reverse("dataset_webhook", args=[dataset.slug, mine.pk])
    assert {bob_client.get(one).status_code for one in (own, of_another)} == {404}
    assert alice_client.get(own).status_code == 404
    bob_client.post(f"{hook.get_absolute_url()}deliveries/{delivery.pk}/again/")
    delivery.refresh_from_db()
    assert delivery.finished_at is None
    bob_client.post(f"{hook.get_absolute_url()}remove/")
    assert not dataset.webhooks.exists()
    assert AuditEvent.objects.get(action="webhook_removed").actor == bob


def test_a_data_set_has_few_webhooks(alice: User) -> None:
    dataset = make_dataset(alice)
    for _ in range(sending.MOST_WEBHOOKS):
        sending.add(alice, URL, dataset)

    with pytest.raises(InputError, match="remove one first"):
        sending.add(alice, URL, dataset)

    assert sending.add(alice, URL).dataset is None


def test_a_failure_is_tried_again_with_back_off(
    hook: Webhook, alice: User, receiver: Receiver
) -> None:
    finished_run(alice)
    events.collect()
    receiver.status = 503
    start = timezone.now()

    for _ in range(3):
        sending.send_due(receiver.client)
    assert len(receiver.received) == 1
    with time_machine.travel(start + timedelta(seconds=35)):
        sending.send_due(receiver.client)
    receiver.status = 200
    with time_machine.travel(start + timedelta(seconds=120)):
        sending.send_due(receiver.client)

    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.n_tries, len(receiver.received)) == ("succeeded", 3, 3)
    assert len({headers["X-Logosite-Delivery"] for headers, _ in receiver.received}) == 1


def test_a_delivery_ends_after_the_last_try_and_can_be_sent_again(
    hook: Webhook, alice: User, alice_client: Client, receiver: Receiver
) -> None:
    finished_run(alice)
    events.collect()
    Delivery.objects.update(n_tries=sending.MOST_TRIES - 1)
    receiver.status = 302  # not followed

    sending.send_due(receiver.client)

    delivery = Delivery.objects.get()
    page = alice_client.get(reverse("webhook", args=[hook.pk])).content.decode()
    assert (delivery.status, len(receiver.received)) == ("failed", 1)
    assert "redirects, which is not followed" in page
    receiver.status = 200
    alice_client.post(reverse("webhook_send_again", args=[hook.pk, delivery.pk]))
    sending.send_due(receiver.client)
    assert Delivery.objects.get().status == "succeeded"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://localhost/", "ftp://a.de/", "http://a.de:22/"]
)
def test_addresses_that_are_not_public_are_refused(alice: User, url: str) -> None:
    with pytest.raises(InputError, match="cannot be used"):
        sending.add(alice, url)


def test_a_name_that_leads_inside_is_not_called(hook: Webhook, alice: User) -> None:
    finished_run(alice)
    events.collect()

    def inside() -> SafeClient:
        return SafeClient(ClientOptions("Logosite-test"), resolve=lambda host, _: ["10.0.0.1"])

    sending.send_due(inside)

    assert Delivery.objects.get().error_code == "refused_address"


def test_the_account_page_adds_and_removes(alice: User, alice_client: Client) -> None:
    page = alice_client.post(reverse("webhook_create"), {"url": URL}).content.decode()
    hook = alice.webhooks.get()
    assert hook.secret in page
    assert hook.secret not in alice_client.get(reverse("account")).content.decode()

    alice_client.post(reverse("webhook_remove", args=[hook.pk]))

    assert not alice.webhooks.exists()
    tasks.call_webhooks()  # nothing to tell, nobody to tell it to
