"""The REST API under /api/v1/: bearer tokens, the rules and services of the pages."""
