"""The git repository behind the project: its refs, commits and differences, and the bundled sample."""
