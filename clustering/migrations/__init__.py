"""Generated schema changes."""
