"""Benchmarks: each runs the product beside a baseline and prints ratios."""
