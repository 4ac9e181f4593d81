"""The notebook on disk: is it stale, is a run the same."""
