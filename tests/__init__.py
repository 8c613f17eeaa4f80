"""Tests, arranged as the code is."""
