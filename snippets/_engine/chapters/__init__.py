"""A snippet as named cells, what running it gives, and on what it ran."""
