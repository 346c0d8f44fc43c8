"""Read models: named SQL over the plain DB-API connection, shaped as the command line's JSON."""
