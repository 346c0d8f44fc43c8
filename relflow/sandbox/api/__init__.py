"""GitLab's REST API v4: the shapes of its answers, and its routes by resource."""
