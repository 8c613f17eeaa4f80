"""Forms and links of a page whose target is forbidden for the user."""

import re
from html import unescape
from http import HTTPStatus

from django.test import Client

FORMS = re.compile(r'\b(?:action|formaction|hx-post)="(/d/[^"]+)"')
LINKS = re.compile(r'\bhref="(/d/[^"]+)"')


def forms_of(page: str) -> set[str]:
    """Return the addresses to which a page sends forms of a data set."""
    return {unescape(address) for address in FORMS.findall(page)}


def dead_ends(client: Client, address: str) -> list[str]:
    """Return the forms and links of a page that are forbidden to ``client``."""
    answer = client.get(address)
    assert answer.status_code == HTTPStatus.OK
    page = answer.content.decode()
    links = {unescape(link) for link in LINKS.findall(page)}
    answers = {form: client.post(form) for form in forms_of(page)}
    answers |= {link: client.get(link) for link in links}
    return sorted(name for name, one in answers.items() if one.status_code == HTTPStatus.FORBIDDEN)
