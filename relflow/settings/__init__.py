"""What the user set: `relflow.toml` and the environment, as values. A leaf: it knows the core only, and GitLab never.

`place` is light, for the commands that only read; `policy` and `token` are for those that change something.
"""
