"""The code that the site shows and runs: one file per chapter, and `_engine` and `_site` around it."""
