"""Text reports of the longer benchmarks."""

from clustering.lab.bench.fetching.hostile import HostileRun
from clustering.lab.bench.fetching.soak import Soak

QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)


def hostile_lines(run: HostileRun) -> list[str]:
    """Return the outcomes of traps and good sites."""
    n_traps = sum(counted.total() for counted in run.codes.values())
    n_coded = sum(counted.total() - counted[""] for counted in run.codes.values())
    lines = [
        f"{trap:<18}" + "  ".join(f"{code or 'a logo'}:{n}" for code, n in counted.most_common())
        for trap, counted in sorted(run.codes.items())
    ]
    return [
        *lines,
        "",
        f"{n_coded} of {n_traps} traps carry a code",
        f"{run.n_same} of {run.n_good} other sites are byte for byte those of a clean run",
    ]


def soak_lines(run: Soak) -> list[str]:
    """Return the memory after each quarter of the sites, and its growth."""
    ended = " ".join(f"{status}:{n}" for status, n in sorted(run.statuses.items()))
    quarters = "  ".join(f"{share:.0%} {run.at(share) / 1e6:.0f} MB" for share in QUARTERS)
    return [
        f"{run.n_sites[-1]} sites: {ended}",
        f"resident in worker and decoders: {quarters}",
        f"most {run.peak_bytes / 1e6:.0f} MB",
        f"growth {run.slope_bytes / 1e6:+.2f} MB per 1,000 sites, the first tenth left out",
        f"open files: first {run.open_files[0]}, last {run.open_files[-1]}",
    ]
