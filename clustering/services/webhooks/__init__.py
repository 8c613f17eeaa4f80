"""Telling other programs what happens to the data sets of a user."""
