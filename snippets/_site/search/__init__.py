"""What a search finds on a page, and the two files that it asks for, one after the other."""
