"""Rendered fetch: the proxy, the browser, and what pages cannot reach."""
