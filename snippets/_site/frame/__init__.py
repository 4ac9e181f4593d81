"""What stands around a page's text."""
