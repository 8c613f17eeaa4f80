"""Reads, shaped for pages and exports; selectors never write."""
