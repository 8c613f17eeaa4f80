"""Benchmark of work on all rows of a data set: import, exports, deletion."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RowsCost:
    """Cost of one piece of work, done in a process of its own."""

    work: str
    n_domains: int
    first_seconds: float
    """Until the first byte of an export, the first domains of an import, or the response."""
    seconds: float
    cpu_seconds: float
    """Of the process that works, and of the children that it waits for; not of PostgreSQL."""
    peak_bytes: int
    longest_gap_seconds: float
    """Between two steps of the bar of an import, or two transactions of a deletion."""
    n_bytes: int
