"""Settings are documented in .env.example and the README with their defaults."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r'env\.(?:text|words|integer|boolean|path)\(\s*"([A-Z_]+)"')
NUMBER = re.compile(r'env\.integer\("([A-Z_]+)", ([0-9_* ]+?)[,)]')
EXAMPLE = re.compile(r"^# ([A-Z_]+)=(.*)$", re.MULTILINE)
ROW = re.compile(r"^\| `([A-Z_]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def _settings() -> str:
    return (ROOT / "logosite/settings.py").read_text(encoding="utf-8")


def _examples() -> dict[str, str]:
    return dict(EXAMPLE.findall((ROOT / ".env.example").read_text(encoding="utf-8")))


def _rows() -> dict[str, tuple[str, str, str]]:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return {name: (unit, default, meaning) for name, unit, default, meaning in ROW.findall(readme)}


def _product(factors: str) -> int:
    total = 1
    for factor in factors.split("*"):
        total *= int(factor)
    return total


def test_the_example_file_names_exactly_the_settings_that_are_read() -> None:
    assert sorted(_examples()) == sorted(set(READ.findall(_settings())))


def test_the_readme_explains_exactly_the_settings_that_are_read() -> None:
    assert sorted(_rows()) == sorted(set(READ.findall(_settings())))


def test_the_readme_and_the_example_file_name_the_settings_in_one_order() -> None:
    assert list(_rows()) == list(_examples())


def test_numbers_have_one_default_in_all_three_places() -> None:
    read = {name: str(_product(factors)) for name, factors in NUMBER.findall(_settings())}

    assert len(read) == 12
    assert {name: _examples()[name] for name in read} == read
    assert {name: _rows()[name][1].strip("`") for name in read} == read


def test_defaults_in_the_example_file_are_in_the_readme() -> None:
    examples = {name: value for name, value in _examples().items() if value}

    assert {name: _rows()[name][1].strip("`") for name in examples} == examples
