"""What `doctor` looks for, each a pure function of what was found around a project, and what mends it."""
