"""Metrics for Prometheus: web latency of all processes, and gauges read from the rows."""

import hmac
import os
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from clustering import conf
from clustering.services import operations, readiness

BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.15, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0)
LABELS: Final = ("route", "method", "status")
SEPARATE: Final = "PROMETHEUS_MULTIPROC_DIR"
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_latency_registry: Final = CollectorRegistry()
LATENCY: Final = Histogram(
    "logosite_web_request_seconds",
    "Time until the answer to a request was ready, without the sending of streams.",
    LABELS,
    buckets=BUCKETS,
    registry=_latency_registry,
)


def observed(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: measure every request by route, method and status."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        start = time.perf_counter()
        response = get_response(request)
        match = request.resolver_match
        route = (match.view_name if match else "") or "none"
        method = request.method if request.method in METHODS else "other"
        LATENCY.labels(route, method, str(response.status_code)).observe(
            time.perf_counter() - start
        )
        return response

    return respond


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Serve the metrics to a scraper that sends METRICS_TOKEN; 404 without that setting."""
    token = conf.metrics_token()
    if not token:
        raise Http404
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return HttpResponse("send METRICS_TOKEN as a bearer token\n", "text/plain", 401)
    registry = CollectorRegistry()
    registry.register(Rows())
    if os.environ.get(SEPARATE):  # several web processes
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        body = generate_latest(registry)
    else:
        body = generate_latest(registry) + generate_latest(_latency_registry)
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


class Rows(Collector):
    """Gauges from database, broker and disk, read at each scrape."""

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges."""
        yield _gauge("queue_messages", "Messages in a queue.", "queue", operations.queue_depths())
        yield _gauge(
            "due_seconds",
            "How long the oldest due work that nobody holds has waited.",
            "kind",
            operations.due_seconds(),
        )
        yield _gauge(
            "lease_seconds",
            "Age of the lease that was renewed the longest ago.",
            "kind",
            operations.lease_seconds(),
        )
        yield _gauge(
            "stage_rate", "Finished per second in the last minute.", "stage",
            operations.stage_rates(),
        )  # fmt: skip
        yield _gauge("runs", "Runs by status.", "status", operations.run_totals())
        yield _gauge(
            "worker_seconds",
            "Seconds since a worker was last seen.",
            "worker",
            {beat.name: beat.seconds_ago for beat in operations.workers()},
        )
        yield _domains()
        yield GaugeMetricFamily(
            "logosite_logos_embedded", "Logos embedded by runs.", operations.embedded_total()
        )
        yield GaugeMetricFamily(
            "logosite_disk_free_bytes", "Free bytes of the storage.", readiness.free_bytes()
        )
        yield _gauge(
            "ready",
            "1 if a part that the product needs is as it should be.",
            "part",
            {part.name: float(not part.problem) for part in readiness.parts()},
        )


def _gauge(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"logosite_{name}", text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _domains() -> Metric:
    family = GaugeMetricFamily(
        "logosite_domains", "Domains by status and error code.", labels=["status", "error_code"]
    )
    for status, code, n in operations.domain_totals():
        family.add_metric([status, code], n)
    return family
