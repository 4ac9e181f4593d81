"""What a page asks for: its directives, values and formulas, its shape."""
