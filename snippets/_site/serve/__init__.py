"""`mkdocs serve`: follows saved files, runs what was saved, tells on the pages what is wrong."""
