"""What one build keeps for the next, and by which keys."""
