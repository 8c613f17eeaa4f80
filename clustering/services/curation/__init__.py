"""Corrections of people: edits, their log, undo and redo."""
