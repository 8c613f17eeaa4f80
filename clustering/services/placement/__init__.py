"""Incremental assignment of new logos to a finished run."""
