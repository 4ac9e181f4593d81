"""A page for other readers: as plain Markdown, as a notebook."""
