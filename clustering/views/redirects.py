"""Where a plain form leads back to."""

from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from clustering.views.access import SignedInRequest


def way_back(request: SignedInRequest, default: str, *args: str) -> str:
    """Return the page that the form names as ``next`` if it is ours, else the default one."""
    wanted = request.POST.get("next", "")
    hosts = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(wanted, hosts, require_https=request.is_secure())
    return wanted if is_ours else reverse(default, args=args)
