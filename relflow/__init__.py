"""relflow: a release workflow for teams that deploy with GitLab's manual jobs."""

__version__ = "0.1.0"
__all__ = ["__version__"]
