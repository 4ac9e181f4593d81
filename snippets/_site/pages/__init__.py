"""One page, from its Markdown to the finished HTML."""
