"""Figures for Plotly: typed arrays and layout, no queries."""
