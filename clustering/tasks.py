"""Celery's entry points: ids in, one service called, the next stage sent."""
