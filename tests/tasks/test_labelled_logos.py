"""Exports of the labelled logos, byte for byte; needs LOGOS_DEV."""

import os
from pathlib import Path

import pytest

from clustering.models import User
from tests.tasks.digesting import run_of
from tests.tasks.fingerprinting import fingerprints, stored_fingerprints

pytestmark = pytest.mark.django_db(transaction=True)

if "LOGOS_DEV" in os.environ:  # logos-dev.zip, which is not part of the repository

    @pytest.mark.parametrize("embedder", ["logonet", "descriptor"])
    def test_the_exports_are_those_that_were_recorded(alice: User, embedder: str) -> None:
        run = run_of(alice, Path(os.environ["LOGOS_DEV"]), embedder)

        assert fingerprints(run) == stored_fingerprints(f"logos-dev.zip, {embedder}")
