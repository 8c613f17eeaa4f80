"""Benchmark of the pages on synthetic data sets of several sizes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PageCost:
    """Cost of one page on one data set."""

    page: str
    n_domains: int
    p50_seconds: float
    p95_seconds: float
    n_queries: int
    rows_read: int
    """Rows that PostgreSQL read; on SQLite, thousands of steps of its virtual machine."""
    n_bytes: int
    """Size of the response."""
    status: int
