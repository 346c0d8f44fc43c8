"""The rows GitLab would keep, the rules that need nothing but rows, and keeping them between two runs."""
