"""Recording while somebody edits."""
