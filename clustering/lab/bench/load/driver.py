"""Users of a running product, each a thread with its own session; prints JSON.

``python -m clustering.lab.bench.load.driver SITE_URL N_DOMAINS N_USERS SECONDS``
"""

import json
import random
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import django
import requests

from clustering.lab.bench.load import Waited, together

if TYPE_CHECKING:
    from clustering.models import Dataset, Run, User

THINKING: Final = (1.0, 3.0)  # seconds between an answer and the next request
DECISIONS: Final = 0.25  # share of requests that decide
GALLERIES: Final = 0.4  # share of pages that are the gallery
ANSWER_SECONDS: Final = 60.0
CSRF: Final = "c" * 32  # cookie and header have to agree; nothing else is asked
EMBEDDER: Final = "descriptor"
Answers = dict[str, Waited]


@dataclass
class Person:
    """A user with a share of the outliers and of the small clusters."""

    number: int
    session: requests.Session
    root: str
    """Address of the data set."""
    pages: dict[str, str]
    outliers: list[int]
    clusters: list[str]


def main() -> None:
    url, *numbers = sys.argv[1:]
    n_domains, n_users, seconds = map(int, numbers)
    django.setup()
    from clustering.lab.bench.pages import asking, planting
    from clustering.services import accounts

    owner = accounts.first_administrator()
    run = planting.plant(owner, "load", n_domains)
    beside = _ready_to_run(planting.plant(owner, "beside", n_domains))
    pages = asking.pages(run)
    people = list(_people(run, url, pages, n_users))
    warm: Answers = defaultdict(Waited)
    for name in pages:
        _ask(people[0], warm, name)
    stop = time.monotonic() + seconds
    found: list[Answers] = [defaultdict(Waited) for _ in people]
    threads = [
        threading.Thread(target=_work, args=(*pair, stop))
        for pair in zip(people, found, strict=True)
    ]
    for thread in threads:
        thread.start()
    n_runs, running = _keep_running(beside, stop)
    for thread in threads:
        thread.join()
    answers = {
        name: asdict(together(one[name] for one in found if name in one))
        for name in set().union(*found)
    }
    print(json.dumps({"answers": answers, "n_runs": n_runs, "running": running}))  # noqa: T201


def _people(run: "Run", url: str, pages: dict[str, str], n_users: int) -> Iterator[Person]:
    outliers = list(run.assignments.outliers().values_list("domain_id", flat=True))
    smallest = run.clusters.order_by("n_members", "number").values_list("uid", flat=True)
    clusters = [str(uid) for uid in smallest[: 50 * n_users]]
    for number in range(n_users):
        session = requests.Session()
        session.cookies.update(_signed_in(_editor(run, number)))
        yield Person(
            number,
            session,
            f"{url}/d/{run.dataset.slug}",
            {name: f"{url}{path}" for name, path in pages.items()},
            outliers[number::n_users],
            clusters[number::n_users],
        )


def _editor(run: "Run", number: int) -> "User":
    from clustering.models import Membership, User

    user = User.objects.create_user(username=f"user{number}")
    Membership.objects.create(dataset=run.dataset, user=user, role=Membership.Role.EDITOR)
    return user


def _signed_in(user: "User") -> dict[str, str]:
    from django.test import Client

    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    cookies = {name: cookie.value for name, cookie in client.cookies.items()}
    return cookies | {"csrftoken": CSRF}


def _work(person: Person, answers: Answers, stop: float) -> None:
    drawn = random.Random(person.number)  # noqa: S311 - the same requests every time
    galleries = [name for name in person.pages if name.startswith("gallery")]
    others = [name for name in person.pages if name not in galleries]
    time.sleep(drawn.uniform(0, THINKING[1]))
    while time.monotonic() < stop:
        if drawn.random() < DECISIONS:
            _decide(person, answers, drawn)
        else:
            is_gallery = drawn.random() < GALLERIES
            _ask(person, answers, drawn.choice(galleries if is_gallery else others))
        time.sleep(drawn.uniform(*THINKING))


def _ask(person: Person, answers: Answers, name: str) -> None:
    from clustering.lab.bench.pages.asking import FRAGMENTS

    headers = {"HX-Request": "true"} if name in FRAGMENTS else {}
    _timed(answers[name], lambda: person.session.get(person.pages[name], **_with(headers)))


def _decide(person: Person, answers: Answers, drawn: random.Random) -> None:
    """Assign an outlier, rename a cluster, or undo the newest decision of the person."""
    verb = drawn.choice(("assign", "assign", "rename", "undo"))
    form: dict[str, Any] = {"client_id": str(uuid4())}
    if verb == "assign":
        form |= {"domain": drawn.choice(person.outliers), "cluster": drawn.choice(person.clusters)}
    if verb == "rename":
        name = f"Brand {person.number} {drawn.randrange(10**9)}"
        form |= {"cluster": drawn.choice(person.clusters), "name": name}
    headers = {"HX-Request": "true", "X-CSRFToken": CSRF}
    address = f"{person.root}/corrections/{verb}/"
    waited = answers[f"decision: {verb}"]
    _timed(waited, lambda: person.session.post(address, data=form, **_with(headers)))


def _with(headers: dict[str, str]) -> dict[str, Any]:
    return {"headers": headers, "timeout": ANSWER_SECONDS, "allow_redirects": False}


def _timed(waited: Waited, send: Any) -> None:
    start = time.monotonic()
    try:
        status = str(send().status_code)
    except requests.RequestException:
        status = "none"
    waited.seconds.append(time.monotonic() - start)
    waited.statuses[status] = waited.statuses.get(status, 0) + 1


def _ready_to_run(run: "Run") -> "Dataset":
    """Let the planted vectors be those of a real embedder."""
    from clustering import conf
    from clustering.lab.bench.pages import planting
    from clustering.models import Embedding
    from clustering.pipeline.embedders import catalogue

    key = catalogue.embedder_key(EMBEDDER, conf.places().weights)
    Embedding.objects.filter(embedder_key=planting.EMBEDDER_KEY).update(embedder_key=key)
    return run.dataset


def _keep_running(dataset: "Dataset", stop: float) -> tuple[int, float]:
    """Compute one run after the other until ``stop``; return how many ended, and for how long."""
    from clustering.models import Run
    from clustering.services.runs import request
    from clustering.services.runs.spec import RunSpec
    from clustering.tasks import advance

    n_ended, running = 0, 0.0
    run: Run | None = None
    while time.monotonic() < stop:
        if run is None or not Run.objects.unfinished().filter(pk=run.pk).exists():
            n_ended += run is not None
            run = request.request_run(dataset, RunSpec.default_for(EMBEDDER))
            advance.delay(dataset.pk)
        if Run.objects.filter(pk=run.pk, status="running").exists():
            running += 1.0
        time.sleep(1.0)
    return n_ended, running


if __name__ == "__main__":
    main()
