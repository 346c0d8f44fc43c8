"""GitLab behind the service's port: `connect` gives it, and whatever goes wrong on the way is a GitLabError.

wire.py exchanges bytes, shapes.py reads JSON, troubles.py finds the words, client.py is the port; setup.py is what
only a check of the set-up asks, and mending.py what it changes.
"""

from relflow.adapters.gitlab.client import PythonGitLab
from relflow.adapters.gitlab.connecting import connect
from relflow.adapters.gitlab.setup import PythonGitLabSetup

__all__ = ["PythonGitLab", "PythonGitLabSetup", "connect"]
