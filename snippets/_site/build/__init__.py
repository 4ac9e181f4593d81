"""The site around its pages: two languages, published files, styles, policy, findings."""
