"""What users of such systems ask for most: each test states its acceptance line."""
