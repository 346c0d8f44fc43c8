"""GitLab behind the service's port: `connect` gives it, and whatever goes wrong on the way is a GitLabError.

wire.py exchanges bytes, shapes.py reads JSON, troubles.py finds the words, client.py is the port.
"""

from relflow.adapters.gitlab.client import PythonGitLab
from relflow.adapters.gitlab.connecting import connect

__all__ = ["PythonGitLab", "connect"]
