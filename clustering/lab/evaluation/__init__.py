"""Accuracy of finders and of placement on labelled data."""
