"""Benchmark of the fetch stage: the product and a baseline on loopback sites."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Plan:
    """Task of one contender."""

    contender: str
    """``logosite`` or ``plain``."""
    port: int
    """Port of the loopback server, which serves all sites."""
    hosts: tuple[str, ...]
    threads: int
    decoders: int
    tail_threads: int
    """Threads that retry slow sites; 0 disables retries."""


@dataclass(frozen=True)
class Result:
    """Cost of one contender, measured inside its own process."""

    contender: str
    threads: int
    n_sites: int
    n_found: int
    """Including retries."""
    wall_seconds: float
    """Until the first attempt of every site has ended."""
    tail_seconds: float
    """Further time of retries, from the end of the last first attempt."""
    n_tried_again: int
    n_found_again: int
    cpu_seconds: float
    """Of all processes and attempts, including parsing and decoding."""
    parsing_seconds: float
    """CPU from the bytes of a page to its candidates."""
    decoding_seconds: float
    """CPU of decoder children; the plain loop does not decode."""
    peak_bytes: int
    """Peak resident memory, including children."""
    failures: dict[str, int] = field(default_factory=dict)
    """Sites without a logo, by reason."""

    @property
    def sites_per_second(self) -> float:
        """Throughput of first attempts."""
        return self.n_sites / self.wall_seconds

    @property
    def sites_per_second_with_tail(self) -> float:
        """Throughput including retries."""
        return self.n_sites / (self.wall_seconds + self.tail_seconds)

    @property
    def parsing_milliseconds(self) -> float:
        """CPU milliseconds of parsing per site."""
        return 1000 * self.parsing_seconds / self.n_sites


@dataclass(frozen=True)
class Ratios:
    """This project's fetcher beside the plain loop; the targets are 5, 0.1 and 350 MB."""

    sites_per_second: float
    sites_per_second_with_tail: float
    parsing_per_site: float
    cpu_per_site: float
    peak_memory: float


def ratios(ours: Result, plain: Result) -> Ratios:
    """Return the costs of ``ours`` relative to ``plain``."""
    return Ratios(
        sites_per_second=ours.sites_per_second / plain.sites_per_second,
        sites_per_second_with_tail=(
            ours.sites_per_second_with_tail / plain.sites_per_second_with_tail
        ),
        parsing_per_site=ours.parsing_seconds
        / ours.n_sites
        * plain.n_sites
        / plain.parsing_seconds,
        cpu_per_site=ours.cpu_seconds / ours.n_sites * plain.n_sites / plain.cpu_seconds,
        peak_memory=ours.peak_bytes / plain.peak_bytes,
    )
