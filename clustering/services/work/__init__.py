"""Leases, warm shutdown, and per-process resources of workers."""
