"""The path from a snippet to a page, in plain Python: nothing here imports mkdocs or a chapter."""
