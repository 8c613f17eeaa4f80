"""Reads the selection that a form sends: words of picks, and ids of domains."""

from clustering.models import Run
from clustering.pipeline.errors import InputError
from clustering.selectors import picks
from clustering.selectors.picks import Picked
from clustering.views.access import SignedInRequest

LARGEST_ID = 2**63 - 1  # SQLite raises beyond it


def picked(request: SignedInRequest, run: Run) -> Picked:
    """Return what the fields ``pick`` select; each holds words separated by spaces."""
    words = (word for value in request.POST.getlist("pick") for word in value.split())
    return picks.picked(run, list(dict.fromkeys(words)))


def picked_ids(request: SignedInRequest, run: Run) -> list[int]:
    """Return the domains of the fields ``domain`` and ``pick``."""
    return list(dict.fromkeys([*domain_ids(request), *picked(request, run).domain_ids]))


def one_of_each(request: SignedInRequest, run: Run) -> list[int]:
    """Return one domain of each picked picture and cluster: a rule about it is about all."""
    return list(dict.fromkeys([*domain_ids(request), *picked(request, run).one_of_each]))


def domain_ids(request: SignedInRequest, name: str = "domain") -> list[int]:
    """Return the ids of the fields of this name."""
    try:
        chosen = [int(value) for value in request.POST.getlist(name)]
    except ValueError as error:
        raise InputError("the selection is damaged; reload the page and try again") from error
    return [number for number in chosen if 0 < number <= LARGEST_ID]
