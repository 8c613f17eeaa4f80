"""The bench of the fetch stage: a web on loopback, and two ways to get logos from it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Plan:
    """What one contender is asked to do."""

    contender: str
    """``logosite`` or ``plain``."""
    port: int
    """Of the loopback server that is every site."""
    hosts: tuple[str, ...]
    threads: int
    decoders: int
    tail_threads: int
    """How many try slow sites again at a time; none if slow sites are given up."""


@dataclass(frozen=True)
class Result:
    """What one contender cost, measured inside its own process."""

    contender: str
    threads: int
    n_sites: int
    n_found: int
    """In the end, second tries included."""
    wall_seconds: float
    """Until every site had given its answer, or had been given up."""
    tail_seconds: float
    """How much longer trying slow sites again took; it begins when no other site waits."""
    n_tried_again: int
    n_found_again: int
    cpu_seconds: float
    """Of all its processes and tries, parsing and decoding included."""
    parsing_seconds: float
    """CPU from the bytes of a page to its candidates."""
    decoding_seconds: float
    """CPU of the children that decode; the plain loop decodes nothing."""
    peak_bytes: int
    """The most memory that was resident, children included."""
    failures: dict[str, int] = field(default_factory=dict)
    """Sites without a logo, by why."""

    @property
    def sites_per_second(self) -> float:
        """How fast sites were done, whatever came of them."""
        return self.n_sites / self.wall_seconds

    @property
    def sites_per_second_with_tail(self) -> float:
        """The same until the last second try has ended."""
        return self.n_sites / (self.wall_seconds + self.tail_seconds)

    @property
    def parsing_milliseconds(self) -> float:
        """CPU of parsing per site."""
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
    """Return what ``ours`` costs in terms of ``plain``."""
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
