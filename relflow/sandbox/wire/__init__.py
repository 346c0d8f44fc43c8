"""HTTP: sockets, routes, tokens, pages, faults, and what was received. Knows no GitLab resource."""
