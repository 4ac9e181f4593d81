"""Inside the process that runs a chapter; started by name, imported by no room before it."""
