"""Computation of all stages: numpy, Pillow and ML libraries; no Django."""
