"""Lists in the form of a diff: the lines of the new version are read, removed ones are not."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

HUNK: Final = re.compile(r"@@ -\d{1,9}(?:,\d{1,9})? \+\d{1,9}(?:,\d{1,9})? @@")
PLAIN_HUNK: Final = re.compile(r"\d{1,9}(?:,\d{1,9})?[acd]\d{1,9}(?:,\d{1,9})?\Z")
HEADS: Final = re.compile(
    r"(?:diff|index|old mode|new mode|deleted file mode|new file mode|similarity index|rename from"
    r"|rename to|Binary files) |(?:---|\+\+\+) \S|@@ -|\\ No newline"
)
REMOVED: Final = ("-", "<")
ADDED: Final = ("+", ">", " ")


def is_diff(lines: Iterable[str]) -> bool:
    """Return whether ``lines``, the first ones of a file, are those of a diff."""
    marks = ""
    for line in lines:
        if HUNK.match(line):
            marks = "+-"
        elif PLAIN_HUNK.match(line):
            marks = "<>"
        elif line[:1] and line[0] in marks:
            return True
    return False


def new_lines(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines of the new version, and a blank one for each other, so that numbers stay."""
    for line in lines:
        is_head = HEADS.match(line) or PLAIN_HUNK.match(line) or line == "---"
        if is_head or line.startswith(REMOVED):
            yield ""
        else:
            yield line[1:].lstrip() if line.startswith(ADDED) else line
