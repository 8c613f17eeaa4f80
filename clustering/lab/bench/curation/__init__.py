"""Measures what decisions of people are worth to later runs, and what later runs keep."""
