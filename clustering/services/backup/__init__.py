"""Copies of all rows and files, and the way back."""
