"""Which rows lie near which: one graph per run, computed once and reused by every later step.

graph    the value types: a k-nearest-neighbour graph, pairs, components
exact    every row against every other
cells    every row against those of its coarse cells: for more rows than exact has time for
search   which of the two, and how much of the truth it found
linking  from a graph to all that lies within a distance
"""

from clustering.pipeline.neighbours.exact import (
    condensed_distances,
    most_similar,
    nearest_exact,
    pairs_within,
)
from clustering.pipeline.neighbours.graph import Neighbours, Pairs, components, joined
from clustering.pipeline.neighbours.linking import bridges, edges_within, links
from clustering.pipeline.neighbours.search import (
    EXACT_ROWS,
    N_NEIGHBOURS,
    measured_recall,
    nearest,
)

__all__ = [
    "EXACT_ROWS",
    "N_NEIGHBOURS",
    "Neighbours",
    "Pairs",
    "bridges",
    "components",
    "condensed_distances",
    "edges_within",
    "joined",
    "links",
    "measured_recall",
    "most_similar",
    "nearest",
    "nearest_exact",
    "pairs_within",
]
