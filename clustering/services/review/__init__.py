"""The review queue of a run: building it, and deciding about its items."""
