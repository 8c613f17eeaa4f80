"""Exports of a run that hold its pictures."""
