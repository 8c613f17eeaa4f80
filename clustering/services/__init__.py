"""Use cases, the only writers of rows; one function is one transaction or unit of work."""
