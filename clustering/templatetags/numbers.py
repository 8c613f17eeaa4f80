"""Formats of numbers, dates, sizes and durations."""

from datetime import datetime
from math import ceil, floor

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from clustering.selectors.pages import MOST_COUNTED

register = template.Library()

THIN_SPACE = "\u202f"  # narrow and unbreakable
NOTHING = "\u2013"  # shown where there is no number
MINUTE, HOUR, DAY = 60, 3600, 86_400  # seconds
UNITS = ("bytes", "KB", "MB", "GB")


@register.filter
def count(number: int | None) -> str:
    """Return 3416 as "3 416" (thin space); None as a dash."""
    return NOTHING if number is None else f"{number:,}".replace(",", THIN_SPACE)


@register.filter
def counted(number: int, noun: str) -> str:
    """Return "1 domain" or "3 416 domains"; an odd plural is given as "entry,entries"."""
    singular, _, plural = noun.partition(",")
    return f"{count(number)} {singular if number == 1 else plural or singular + 's'}"


REVIEW_NOUNS = {
    "group": "group",
    "fragments": "brand in several clusters,brands in several clusters",
    "single": "single",
    "member": "doubtful member",
    "icon": "shared icon",
}


@register.filter
def review_count(number: int, kind: str) -> str:
    """Return a number of review items of a kind, as "37 groups"."""
    return counted(number, REVIEW_NOUNS[kind])


@register.filter
def capped(number: int) -> str:
    """Return a number of rows; "more than 1 000" where counting stopped after that many."""
    is_open = number == MOST_COUNTED + 1
    return f"more than {count(MOST_COUNTED)}" if is_open else count(number)


@register.filter
def counted_up_to(number: int, noun: str) -> str:
    """Return "3 416 domains", or "more than 1 000 domains" where counting stopped there."""
    is_open = number == MOST_COUNTED + 1
    return f"more than {counted(MOST_COUNTED, noun)}" if is_open else counted(number, noun)


@register.filter
def share(number: float | None) -> str:
    """Return 0.4567 as "46 %"; what would round to nothing or to all as "< 1 %" or "> 99 %"."""
    if number is None:
        return NOTHING
    if 0 < number < 0.005:
        return f"<{THIN_SPACE}1{THIN_SPACE}%"
    if 0.995 <= number < 1:
        return f">{THIN_SPACE}99{THIN_SPACE}%"
    return f"{round(100 * number)}{THIN_SPACE}%"


@register.filter
def share_of(part: float, whole: float) -> str:
    """Return 3 of 4 as "75 %"."""
    return share(part / whole if whole else None)


@register.filter
def decimals(number: float | None, places: int = 2) -> str:
    """Return a figure with ``places`` digits; None as a dash."""
    return NOTHING if number is None else f"{number:.{places}f}"


@register.filter
def signed(number: float) -> str:
    """Return 34.0 as "+34" and -5.5 as "-5.5"."""
    return f"{number:+g}"


@register.filter
def duration(seconds: float | None) -> str:
    """Return 8000 as "2 h 13 min"; None as nothing."""
    if seconds is None:
        return ""
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"


@register.filter
def duration_range(seconds: tuple[float, float]) -> str:
    """Return (100, 200) as "1 to 4 min": whole units of the longer one, rounded outwards."""
    least, most = seconds
    unit, name = next(
        ((size, name) for size, name in ((HOUR, "h"), (MINUTE, "min")) if most >= 2 * size),
        (1, "s"),
    )
    low, high = floor(least / unit), ceil(most / unit)
    if low == high:
        return f"{high} {name}"
    return f"{low} to {high} {name}" if low else f"up to {high} {name}"


@register.filter
def filesize(n_bytes: float) -> str:
    """Return 209715200 as "200 MB" (1 MB = 1024 KB, as file managers count)."""
    unit = 0
    while n_bytes >= 1024 and unit < len(UNITS) - 1:
        n_bytes, unit = n_bytes / 1024, unit + 1
    return f"{n_bytes:.3g} {UNITS[unit]}"


@register.filter
def ago(moment: datetime | None) -> SafeString | str:
    """Return "5 min ago" with the exact moment as title; the date itself after a week."""
    if moment is None:
        return ""
    exact = moment.strftime("%Y-%m-%d %H:%M UTC")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, _relative(moment)
    )


def _relative(moment: datetime) -> str:
    seconds = (timezone.now() - moment).total_seconds()
    if seconds < MINUTE:
        return "just now"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} min ago"
    if seconds < DAY:
        return f"{int(seconds // HOUR)} h ago"
    if seconds < 7 * DAY:
        days = int(seconds // DAY)
        return "yesterday" if days == 1 else f"{days} days ago"
    return moment.strftime("%Y-%m-%d")
