"""`.gitlab-ci.yml` as values: reading it, judging its rules, expanding its variables. Pure; nothing runs here."""
