"""Classifying single logos against a finished run: requests, the worker, result cards."""
