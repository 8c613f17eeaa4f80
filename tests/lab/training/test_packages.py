"""npm packages: fetched by npm, read without unpacking."""

import os
from pathlib import Path

import pytest

from clustering.lab.training import packages
from clustering.lab.training.brand_names import Forbidden
from clustering.lab.training.icons import IconSet
from clustering.lab.training.packages import Package
from clustering.pipeline.errors import InputError
from tests.lab.training import drawings

NPM = """#!/bin/sh
echo "$@" >> "$(dirname "$0")/calls"
cp "$(dirname "$0")/served.tgz" plain-set-1.0.0.tgz
"""
SET = IconSet("plain-set", "1.0.0", "CC0-1.0", r"icons/(?P<brand>[^/]+?)(-line)?\.svg")


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a fake npm that copies one tarball and logs its arguments."""
    folder = tmp_path / "bin"
    members = {f"icons/{name}.svg": drawings.svg(2) for name in ("acme", "acme-line", "sap")}
    drawings.tarball(folder / "served.tgz", {**members, "README.md": b"x"})
    (folder / "npm").write_text(NPM, "utf-8")
    (folder / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def test_npm_runs_once_and_without_scripts(npm: Path, tmp_path: Path) -> None:
    for _ in range(2):
        tarball = packages.fetch(Package("plain-set", "1.0.0"), tmp_path / "cache")

    assert tarball == tmp_path / "cache" / "plain-set-1.0.0.tgz"
    assert (npm / "calls").read_text() == "pack --silent --ignore-scripts plain-set@1.0.0\n"


def test_variants_share_a_brand_and_forbidden_brands_are_skipped(
    npm: Path, tmp_path: Path
) -> None:
    found = list(SET.icons(tmp_path / "cache", Forbidden(frozenset({"sap"}))))

    assert [picture.brand for picture, _ in found] == [":acme", ":acme"]
    assert found[1][0].name == "icons/acme-line.svg"
    assert found[1][1] == drawings.svg(2)


def test_iconify_bodies_get_a_root_element(tmp_path: Path) -> None:
    icons = b'{"width": 20, "icons": {"a": {"body": "<path/>", "left": 2, "height": 8}}}'
    file = drawings.tarball(tmp_path / "a.tgz", {"icons.json": icons})

    ((name, svg),) = packages.svgs(file)

    assert name == "a"
    assert b'viewBox="2 0 20 8"' in svg
    assert svg.endswith(b"><path/></svg>")


@pytest.mark.parametrize(
    ("name", "version"),
    [("--registry=x", "1.0.0"), ("../x", "1.0.0"), ("a b", "1.0.0"), ("a", "latest")],
)
def test_only_pinned_packages_are_fetched(name: str, version: str) -> None:
    with pytest.raises(InputError, match="is not a pinned npm package"):
        Package(name, version)


def test_a_missing_npm_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(InputError, match=r"npm cannot fetch plain-set@1\.0\.0"):
        packages.fetch(Package("plain-set", "1.0.0"), tmp_path)


def test_a_damaged_tarball_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.tgz"
    file.write_bytes(b"no tarball")

    with pytest.raises(InputError, match=r"a\.tgz is not an npm tarball"):
        list(packages.members(file))
