"""What a page becomes: Markdown for the site, and every address in one place."""
