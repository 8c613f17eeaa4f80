"""A saved preview."""

PREVIEW = {
    "columns": [
        {"name": "company", "score": 0.0, "is_guess": False},
        {"name": "site", "score": 1.0, "is_guess": True},
    ],
    "rows": [["Acme", "acme.example"]],
    "column": "site",
    "other_columns": ["company", "<b>note"],
    "n_rows": 4384,
    "n_domains": 3416,
    "n_duplicates": 956,
    "n_rejected": 12,
    "warnings": [],
    "rejected": [[7, "=cmd()", "no domain"]],
}
