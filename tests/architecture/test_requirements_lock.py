"""requirements.lock holds what requirements.txt pins, with hashes."""

import re

from tests.stack import ROOT

PIN = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)
UNLOCKED = {"jinja2", "markupsafe", "mpmath", "networkx", "sympy", "torch", "torchvision"}


def pins(file: str) -> dict[str, str]:
    found = PIN.findall((ROOT / file).read_text(encoding="utf-8"))
    return {name.lower().replace("_", "-"): version for name, version in found}


def test_the_lock_has_the_pins_of_the_requirements_except_torchs() -> None:
    expected = pins("requirements.txt")

    assert expected.keys() >= UNLOCKED
    assert pins("requirements.lock") == {
        name: version for name, version in expected.items() if name not in UNLOCKED
    }


def test_each_locked_package_has_a_hash_and_no_index_is_named() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\w)", text.strip())

    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"https?:|--(extra-)?index|--find-links|--trusted", text)


def test_make_leaves_the_same_packages_out() -> None:
    (line,) = re.findall(r"^UNLOCKED := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert set(line.split()) == UNLOCKED
