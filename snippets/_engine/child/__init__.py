"""The processes of a run: the one that forks and ends them, and a chapter's own; started by name, not imported."""
