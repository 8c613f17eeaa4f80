"""Pages: parse, ask or tell one service, choose a template."""
