"""The glossary: what each idea is called in both languages, and where pages use it."""
