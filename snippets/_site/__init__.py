"""The MkDocs plugin: the only code of the project that imports mkdocs."""
