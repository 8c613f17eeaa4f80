"""Small, tested formatters for templates."""
