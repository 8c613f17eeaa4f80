"""The k-nearest-neighbour graph: computed once per run and shared by all later steps.

graph    value types: k-nearest-neighbour graph, pairs, connected components
exact    exact search over all pairs
cells    approximate search with an inverted file, for large n
search   choice between the two by n, and measured recall
linking  from a k-nearest-neighbour graph to all pairs within a distance
"""

from clustering.pipeline.neighbours.exact import (
    condensed_distances,
    most_similar,
    nearest_exact,
    pairs_within,
)
from clustering.pipeline.neighbours.graph import Neighbours, Pairs, components, joined
from clustering.pipeline.neighbours.linking import (
    bridges,
    components_within,
    edges_within,
    links,
)
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
    "components_within",
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
