"""Two runs held against each other: what differs, what may, and why it would."""
