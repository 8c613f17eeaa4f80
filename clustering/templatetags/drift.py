"""The drift meter: what was added since a run, and whether a new one is due."""

from typing import Any

from django import template
from django.template.context import RequestContext

from clustering.selectors.drift import drift

register = template.Library()


@register.inclusion_tag("clustering/partials/drift.html", takes_context=True)
def drift_meter(context: RequestContext) -> dict[str, Any]:
    """Draw the meter of ``run`` if anything was added to it; two queries at most."""
    run = context.get("run")
    found = drift(run) if run else None
    if found is None or not found.placed.n:
        return {"drift": None}
    reasons = found.reasons
    return {
        "drift": found,
        "reasons": reasons,
        "run": run,
        "dataset": context["dataset"],
        "csrf_token": context.get("csrf_token"),
    }
