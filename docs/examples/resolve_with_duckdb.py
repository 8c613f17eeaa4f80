"""Resolve domains to entities by DuckDB.

    python resolve_with_duckdb.py domains.parquet edges.parquet entities.csv

Takes two exports of a run. A pair of similar logos is an edge; what people said about it
(``verdict``) comes first, then the distance. Where Splink 5 is installed (``pip install splink``),
it finds the connected components; there you can also weigh comparisons of your own columns.
"""

import sys

import duckdb

MAX_DISTANCE = 0.08
# Columns of the upload, which follow in the file, might have the names of those made here.
DOMAINS = """
CREATE TABLE domains AS SELECT domain, status, cluster_name, logo_sha256 FROM read_parquet(?)
"""
NODES = """
CREATE TABLE nodes AS SELECT DISTINCT logo_sha256 AS id FROM domains WHERE status = 'ok'
"""
EDGES = """
CREATE TABLE edges AS
SELECT id_l, id_r FROM read_parquet(?)
WHERE verdict = 'same' OR (verdict IS NULL AND distance <= ?)
"""
# The smallest digest that can be reached names the component.
COMPONENTS = """
CREATE TABLE components AS
WITH RECURSIVE
  both_ways AS (SELECT id_l a, id_r b FROM edges UNION SELECT id_r, id_l FROM edges),
  reached(node, other) AS (
    SELECT id, id FROM nodes
    UNION
    SELECT reached.node, both_ways.b FROM reached JOIN both_ways ON both_ways.a = reached.other
  )
SELECT node AS id, min(other) AS entity FROM reached GROUP BY node
"""
ENTITIES = """
SELECT entity, domain, cluster_name
FROM domains JOIN components ON components.id = logo_sha256
ORDER BY entity, domain
"""


def resolve(domains: str, edges: str) -> duckdb.DuckDBPyRelation:
    """Return entity, domain and cluster of each domain with a logo."""
    db = duckdb.connect()
    db.execute(DOMAINS, [domains])
    db.execute(NODES)
    db.execute(EDGES, [edges, MAX_DISTANCE])
    try:
        from splink import DuckDBAPI
        from splink.clustering import cluster_pairwise_predictions_at_threshold
    except ImportError:
        db.execute(COMPONENTS)
    else:
        found = cluster_pairwise_predictions_at_threshold(
            "nodes",
            "edges",
            DuckDBAPI(db),
            node_id_column_name="id",
            edge_id_column_name_left="id_l",
            edge_id_column_name_right="id_r",
        )
        components = found.as_duckdbpyrelation().project("id, cluster_id AS entity")
        components.create("components")
    return db.sql(ENTITIES)


if __name__ == "__main__":
    found = resolve(*sys.argv[1:3])
    found.write_csv(sys.argv[3])
    print(found.aggregate("count(DISTINCT entity) AS entities, count(*) AS domains"))
