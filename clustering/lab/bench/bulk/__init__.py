"""Benchmark of bulk mode on planted logos: agreement with one process, throughput, memory."""
