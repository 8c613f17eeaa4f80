"""Choose domains to label, by pandas.

    python label_with_pandas.py domains.parquet to-label.csv [N]

Takes the export ``domains.parquet`` of a run, and writes N domains (200) with a proposed brand.
Correct the column ``brand`` in a spreadsheet, then upload the file as labels on the page Quality,
or measure with ``manage.py evaluate``.

Half of the domains are those that the clusterer was least sure of; the others are a random
sample, from which alone the quality of all clusters is estimated without bias.
"""

import sys

import pandas as pd

SEED = 7


def to_label(domains: pd.DataFrame, n: int) -> pd.DataFrame:
    """Return ``n`` domains with a logo, the doubtful ones first, and their proposed brands."""
    shown = domains[domains["status"] == "ok"]
    doubtful = shown.nsmallest(n // 2, "confidence")
    others = shown.drop(doubtful.index)
    sample = others.sample(min(n - len(doubtful), len(others)), random_state=SEED)
    chosen = pd.concat([doubtful.assign(why="doubtful"), sample.assign(why="sample")])
    chosen["brand"] = chosen["cluster_name"].where(chosen["cluster_number"] >= 0, chosen["domain"])
    return chosen[["domain", "brand", "confidence", "why"]]


if __name__ == "__main__":
    source, target, *given = sys.argv[1:]
    rows = to_label(pd.read_parquet(source), int(given[0]) if given else 200)
    rows.to_csv(target, index=False)
    print(rows["why"].value_counts().to_string())
