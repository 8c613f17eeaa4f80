"""Telling other programs what happens to data sets."""
