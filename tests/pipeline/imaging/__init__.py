"""Tests of decoding, normalising and preparing images."""
