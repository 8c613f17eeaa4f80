"""Data sets: intake of uploads, lifecycle, the sample, logo services."""
