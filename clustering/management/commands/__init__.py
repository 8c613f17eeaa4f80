"""Commands that operators and analysts run."""
