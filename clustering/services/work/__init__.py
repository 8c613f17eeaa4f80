"""Leases, and per-process resources of workers."""
