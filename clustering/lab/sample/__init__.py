"""Draws and records the little web of the sample data set; run by ``make_sample_web``.

letters.py  words as strokes       marks.py  symbols
logos.py    brand + rendition -> SVG, and SVG -> files
brands.py   who there is           sites.py  pages, icons and failures
"""
