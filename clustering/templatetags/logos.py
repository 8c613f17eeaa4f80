"""Logo tiles of a fixed size, without layout shift and with little upscaling."""

from functools import cache
from urllib.parse import urlencode
from uuid import UUID

from django import template
from django.template.context import RequestContext
from django.urls import get_script_prefix, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from clustering.models import Cluster, Logo
from clustering.pipeline.imaging.thumbnails import SIDES_PX
from clustering.templatetags.frame import preference

register = template.Library()

SMALL, LARGE = SIDES_PX
N_SERIES = 12  # colours of clusters in variables.css
MAX_ZOOM = 2  # a logo is never shown larger than this many times its own size
NO_LOGO = "0" * 64  # form of a logo's name, its SHA-256

TILE = '<{} class="{}" data-ground="{}">{}</{}>'
IMAGE = '<img src="{}"{} width="{}" height="{}" alt="{}" loading="lazy" decoding="async">'
MISSING = '<span role="img" aria-label="{}: no logo" title="No logo found">{}</span>'


@register.simple_tag
def logo_tile(
    logo: Logo | None, name: str = "", *, href: str = "", side: int = 96, css: str = ""
) -> SafeString:
    """Render ``logo`` for ``name`` (a domain or a cluster), at most ``side`` pixels wide.

    Without a logo the tile holds the first letter of ``name`` and is flagged as missing. Written
    here because a page has hundreds of tiles: a template for each took more than twice as long.
    """
    css = f"tile {css}" if logo else f"tile tile-missing {css}"
    link = format_html('a href="{}"', href) if href else "span"
    image = _image(logo, name, side) if logo else format_html(MISSING, name, name[:1])
    ground = logo.ground if logo else ""
    return format_html(TILE, link, css, ground, image, "a" if href else "span")


def _image(logo: Logo, name: str, side: int) -> SafeString:
    is_small = side <= SMALL
    sharper = format_html(' srcset="{} 2x"', thumbnail_url(logo, LARGE)) if is_small else ""
    return format_html(
        IMAGE,
        thumbnail_url(logo, SMALL if is_small else LARGE),
        sharper,
        MAX_ZOOM * logo.width,
        MAX_ZOOM * logo.height,
        f"Logo of {name}" if name else "",
    )


@register.filter
def caption(name: str) -> SafeString:
    """Return a name that wraps before its dots: its end, the country, stays in one piece."""
    return format_html_join(
        format_html("<wbr>{}", "."), "{}", ((part,) for part in name.split("."))
    )


@register.simple_tag(takes_context=True)
def montage_url(context: RequestContext, cluster: Cluster) -> str:
    """Return the address of a cluster's picture; each decision changes it."""
    run = context["run"]
    query = {"run": run.slug, "answer": context["answer"]}
    query["v"] = f"{context['curation'].version}-{cluster.n_members}"
    if preference(context, "ground") != "auto":
        query["plain"] = "1"
    address = reverse("cluster_montage", args=(run.dataset.slug, cluster.uid))
    return f"{address}?{urlencode(query)}"


@register.simple_tag(takes_context=True)
def without_number(context: RequestContext, number: int) -> str:
    """Return the address of the page of compared clusters without one of them."""
    query = context["request"].GET.copy()
    query.setlist("c", [one for one in query.getlist("c") if one != str(number)])
    return f"?{query.urlencode()}"


@register.filter
def series(uid: UUID) -> int:
    """Return the number of a cluster's colour, from 1, as ``seriesOf`` in colours.js."""
    return 1 + int.from_bytes(uid.bytes[:2]) % N_SERIES


@register.filter
def zoomed(side_px: int) -> int:
    """Return the largest side at which a single logo of ``side_px`` is shown."""
    return MAX_ZOOM * side_px


@register.simple_tag
def thumbnail_url(logo: Logo, side: int = SMALL) -> str:
    """Return the address of the thumbnail of ``logo``; sides are 96 and 192."""
    return _thumbnails(get_script_prefix(), side).replace(NO_LOGO, logo.sha256)


@cache
def _thumbnails(_prefix: str, side: int) -> str:
    """Return the address of a thumbnail of ``NO_LOGO``, below the prefix of this request."""
    return reverse("logo_thumbnail", args=(NO_LOGO, side))


@register.simple_tag
def logo_url(logo: Logo) -> str:
    """Return the address of ``logo`` in full size."""
    return reverse("logo_image", args=(logo.sha256,))
