"""Redirect target of a form."""

from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from clustering.views.access import SignedInRequest


def redirect_target(request: SignedInRequest, default: str, *args: str) -> str:
    """Return the form's ``next`` if it is on this host, else the default page."""
    wanted = request.POST.get("next", "")
    hosts = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(wanted, hosts, require_https=request.is_secure())
    return wanted if is_ours else reverse(default, args=args)
