"""Settings texts that the tests here share."""

GITLAB = """\
[gitlab]
url = "https://gitlab.example.org"
project = "group/data-provider"
"""
LEAST = (
    GITLAB
    + """
[[environments]]
name = "dev"
job = "deploy-dev"

[[environments]]
name = "prod"
job = "deploy-prod"
"""
)
FULL = """\
[gitlab]
url = "https://gitlab.example.org"
project = "group/data-provider"

[database]
url = "sqlite:////srv/relflow/data-provider.db"

[requirements]
jobs = ["test", "lint"]
coverage_at_least = 80
tests_at_least = 400
no_failed_tests = true
ref_protected = true

[[requirements.checklist]]
point = "notes"
text = "release notes are written"

[[requirements.checklist]]
point = "load"
text = "the load test was looked at"
by = { access = "maintainer", users = ["rita"] }

[[environments]]
name = "dev"
job = "deploy-dev"
approvals = 1
approvers = { access = "developer" }

[[environments]]
name = "prod"
gitlab_environment = "production"
job = "deploy-prod"
approvals = 2
approvers = { access = "maintainer", users = ["chris"] }
four_eyes = ["creator"]
waivable = [{ gate = "ref_unmoved", users = ["chris"] }]
break_glass = true
"""
