"""Quality of a run: metrics, labels, judged pairs, and the report a page shows."""
