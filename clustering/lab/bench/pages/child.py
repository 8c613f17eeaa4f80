"""Measuring process: migrates, plants, requests every page, decides; prints JSON lines."""

import json
import sys
from dataclasses import asdict
from itertools import chain

import django


def main(times: int, sizes: list[int]) -> None:
    """Print the cost of every page and decision of every data set, smallest data set first."""
    django.setup()
    from django.core.management import call_command

    from clustering.lab.bench.pages.asking import ask, decide, poll
    from clustering.lab.bench.pages.long_log import long_log
    from clustering.lab.bench.pages.planting import plant
    from clustering.models import User

    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    user = User.objects.create_user(username="bench")
    runs = [plant(user, f"bench-{size}", size) for size in sizes]
    for run in runs:
        parts = (measure(user, run, times=times) for measure in (ask, poll, decide, long_log))
        for cost in chain.from_iterable(parts):
            print(json.dumps(asdict(cost)), flush=True)  # noqa: T201 # the protocol of this process


if __name__ == "__main__":
    main(int(sys.argv[1]), [int(size) for size in sys.argv[2:]])
