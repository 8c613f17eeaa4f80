"""The logo of a domain: captures, choices of people, lookups, the review queue."""
