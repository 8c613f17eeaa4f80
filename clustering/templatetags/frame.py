"""Page frame: preferences, data set switcher, tabs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.template.context import RequestContext
from django.urls import NoReverseMatch, reverse

from clustering.models import Dataset, Run
from clustering.selectors import failures
from clustering.services import readiness

register = template.Library()

PREFERENCES = {
    "theme": ("system", "light", "dark"),
    "ground": ("auto", "light", "dark", "checker"),
    "keys": ("on", "off"),
}
SWITCHER_LENGTH = 12
SPARKLINE_CLUSTERS = 32
SPARKLINE_WIDTH, SPARKLINE_HEIGHT = 64, 16

# Tab -> URL names on which it is current; the first is its link.
TABS = {
    "Overview": (
        "overview",
        "intake",
        "delete",
        "settings",
        "members",
        "dataset_audit",
        "domains",
    ),
    "Gallery": (
        "gallery",
        "cluster",
        "domain",
        "search",
        "compare",
        "brands",
        "brand",
        "names",
        "why",
    ),
    "Map": ("map",),
    "Review": ("review", "review_logos", "review_sure"),
    "Outliers": ("outliers", "ignored"),
    "Classify": ("classify",),
    "Quality": ("quality", "pairs"),
    "Runs": ("runs", "run_new", "run_compare", "tune", "rules", "history"),
    "Export": ("exports", "export_preview", "curation_import"),
}


@dataclass(frozen=True)
class Tab:
    """One tab of a data set."""

    label: str
    url: str
    is_current: bool


@register.simple_tag(takes_context=True)
def preference(context: RequestContext, name: str) -> str:
    """Return the preference ``name`` from its cookie, or the default if invalid."""
    choices = PREFERENCES[name]
    request = context.get("request")
    value = request.COOKIES.get(name, "") if request else ""
    return value if value in choices else choices[0]


@register.inclusion_tag("clustering/partials/dataset_switcher.html", takes_context=True)
def dataset_switcher(context: RequestContext) -> dict[str, Any]:
    """List the newest data sets of the user; one query."""
    datasets = Dataset.objects.for_user(context["request"].user)[:SWITCHER_LENGTH]
    return {"datasets": datasets, "current": context.get("dataset")}


@register.simple_tag
def paused_because() -> str:
    """Return why background work waits; "" if it goes on."""
    return readiness.paused_because()


@register.inclusion_tag("clustering/partials/tab_row.html", takes_context=True)
def tab_row(context: RequestContext) -> dict[str, Any]:
    """Render the tabs of ``dataset`` and the shown run; one query with a run."""
    dataset, run = context["dataset"], context.get("run")
    match = context["request"].resolver_match
    query = run_query(context)
    tabs = [
        Tab(label, url + query, bool(match) and match.url_name in names)
        for label, names in TABS.items()
        if (url := _address(names[0], dataset.slug))
    ]
    sparkline = _sparkline(_sizes(run)) if run else ""
    runs_url = _address("runs", dataset.slug) + query
    return {"tabs": tabs, "run": run, "runs_url": runs_url, "sparkline": sparkline}


@register.inclusion_tag("clustering/partials/nothing_found.html", takes_context=True)
def nothing_found(context: RequestContext) -> dict[str, Any]:
    """Say that no domain gave a logo; two queries, only for a data set without a run."""
    dataset = context["dataset"]
    if context.get("run") or dataset.intake != Dataset.Intake.IMPORTED:
        return {}
    found = failures.nothing_found(dataset)
    return {"dataset": dataset, "found": found} if found else {}


@register.simple_tag(takes_context=True)
def run_query(context: RequestContext) -> str:
    """Return ``?run=...`` if the request has it, else ""."""
    run = context.get("run")
    was_asked = "run" in context["request"].GET
    return f"?run={run.slug}" if run and was_asked else ""


def _address(name: str, slug: str) -> str:
    try:
        return reverse(name, args=(slug,))
    except NoReverseMatch:
        return ""


def _sizes(run: Run) -> list[int]:
    sizes = run.clusters.order_by("-n_members", "number").values_list("n_members", flat=True)
    return list(sizes[:SPARKLINE_CLUSTERS])


def _sparkline(sizes: Sequence[int]) -> str:
    """Return the points of a falling line, largest size at the top; "" below two sizes."""
    if len(sizes) < 2:
        return ""
    step = SPARKLINE_WIDTH / (len(sizes) - 1)
    inner = SPARKLINE_HEIGHT - 2
    heights = [1 + inner * (1 - size / max(sizes[0], 1)) for size in sizes]
    return " ".join(f"{index * step:.1f},{height:.1f}" for index, height in enumerate(heights))
