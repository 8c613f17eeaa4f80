"""Parameter search over the clusterers."""
