"""The log and its rows in a database: one write method, reads over the plain DB-API connection."""
