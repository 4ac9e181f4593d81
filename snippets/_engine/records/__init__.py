"""The notebook on disk: what it holds, whether it is stale, which one a page shows first."""
