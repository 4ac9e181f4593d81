"""The caller's side of a run: starts processes, hands out chapters, gathers what they give."""
