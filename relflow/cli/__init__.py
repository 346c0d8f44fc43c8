"""The command line: words to one use case, and its result to text or JSON. No rule lives here."""
