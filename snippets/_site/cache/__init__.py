"""What builds keep from one to the next, and by which keys."""
