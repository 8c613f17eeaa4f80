"""System checks: what an operator can set wrongly, found before the first request."""
