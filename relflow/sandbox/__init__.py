"""A small GitLab on this machine: real sockets, a real repository, real job processes. A stand-in, never GitLab."""
