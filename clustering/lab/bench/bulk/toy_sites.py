"""Any number of toy sites: the recorded sites of the sample under many names."""

import json
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from clustering.pipeline.web.recorded import INDEX
from clustering.services.datasets import sample

WEB_FILE: Final = "web.zip"
LIST_FILE: Final = "sites.txt"


def write_toy_sites(folder: Path, n: int) -> None:
    """Write the recorded web of ``n`` sites and the list of their names.

    The site ``s7-a.example`` answers as ``a.example`` of the sample does. Absolute addresses
    in its page name that site, which is part of the web.
    """
    with zipfile.ZipFile(sample.WEB_FILE) as recorded:
        index = json.loads(recorded.read(INDEX))
        names = _named_anew(index, n)
        with zipfile.ZipFile(folder / WEB_FILE, "w", zipfile.ZIP_DEFLATED) as web:
            web.writestr(INDEX, json.dumps(index))
            for body in set(recorded.namelist()) - {INDEX}:
                web.writestr(body, recorded.read(body))
    (folder / LIST_FILE).write_text("\n".join(names))


def _named_anew(index: dict[str, Any], n: int) -> list[str]:
    """Add ``n`` names to the index, each for one of its sites in turn; return them."""
    answers_of: dict[str, dict[str, object]] = defaultdict(dict)
    for address, answer in index["answers"].items():
        host, _, path = address.partition("/")
        answers_of[host][path] = answer
    sites = list(index["hosts"].items())
    names = []
    for number in range(n):
        host, failure = sites[number % len(sites)]
        names.append(f"s{number}-{host}")
        index["hosts"][names[-1]] = failure
        for path, answer in answers_of[host].items():
            index["answers"][f"{names[-1]}/{path}"] = answer
    return names
