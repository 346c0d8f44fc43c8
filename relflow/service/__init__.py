"""Use cases: each reads facts, lets the core decide, writes once, and only then acts."""
