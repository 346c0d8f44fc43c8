"""The generated pages of the reference: one module for each page, and each says what it comes from."""
