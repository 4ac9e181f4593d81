"""All that can be told of a tree without running it."""
