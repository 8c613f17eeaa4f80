"""Generates the recorded sites of the sample data set; run by ``make_sample_web``.

letters.py  words as strokes       marks.py  symbols
logos.py    brand + rendition -> SVG, and SVG -> files
brands.py   brands and designs     sites.py  pages, icons and failures
"""
