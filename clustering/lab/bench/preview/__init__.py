"""Previews beside computing: the time from an upload to its preview, alone, beside a run, and
beside a search for parameters.
"""
