"""The whole story, told by running the real commands against a sandbox."""
