"""Drift meter: domains added since a run, and whether a new run is due."""

from typing import Any

from django import template
from django.template.context import RequestContext

from clustering.selectors.drift import drift

register = template.Library()


@register.inclusion_tag("clustering/partials/drift.html", takes_context=True)
def drift_meter(context: RequestContext) -> dict[str, Any]:
    """Render the meter of ``run`` if domains were added; two queries at most."""
    run = context.get("run")
    found = drift(run) if run else None
    if found is None:
        return {"drift": None}
    reasons = found.reasons
    return {
        "drift": found,
        "reasons": reasons,
        "run": run,
        "dataset": context["dataset"],
        "csrf_token": context.get("csrf_token"),
    }
