"""What GitLab does behind its API: making pipelines, moving jobs, running them, keeping deployments in step."""
