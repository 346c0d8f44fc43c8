"""The page of gates, from the gates themselves and the table that names them."""

from dataclasses import replace

from docs.reference_pages.markdown import code, page, sentence, table
from docs.reference_pages.workflow import DEFAULT
from relflow.core.gates.table import GATES
from relflow.core.workflow import Point, rules

#: The default policy with everything that it may ask for or allow.
DEMANDING = replace(
    DEFAULT,
    environments=tuple(replace(each, break_glass=True) for each in DEFAULT.environments),
    coverage_at_least=80,
    tests_at_least=1,
    no_failed_tests=True,
    ref_protected=True,
    checklist=(Point("notes", "the release notes are written"),),
)
#: Names that a refusal can carry besides: conditions that no row of the table names, by what holds.
OTHERS = {
    "in_state": "The release is in a state that the trigger starts from.",
    "version_well_formed": "A new version is written as versions are, and its title is not too long.",
    "version_is_new": "The project has no release of that version yet.",
    "ref_resolves": "GitLab knows the tag, branch or commit.",
    "release_exists": "There is such a release.",
    "environment_known": "The policy has that environment.",
    "policy_differs": "The policy to adopt is another one than that in force.",
    "quorum_reachable": "Today's members can meet the approval rule of each environment, whoever creates a release.",
    "deployment_open": "The release has that deployment, and it is not settled.",
    "deployment_intended": "The deployment to arm was not armed before.",
    "deployment_armed": "The deployment waits for the answer to its play.",
    "epoch_current": "Nobody else took the deployment over since the job was to be started.",
    "job_unstarted": "The job of a deployment to replay was not started by anybody, and waits as it did before.",
    "quiet_period_over": "A play that was sent, and whose answer was lost, would have arrived by now.",
    "job_finished": "The deployment's job has ended, and in a way that can be recorded.",
    "glass_breakable": "The policy lets the glass be broken in that environment.",
    "debt_open": "The deployment to sign off went past its approvals, is over, and nobody has signed it off.",
    "by_another": "Who signs a deployment off is not who broke the glass for it, or took it over.",
    "drift_open": "Nobody has accepted the drift yet.",
    "run_ended": "The job of a drift to accept is over, so that it is known what it brought.",
    "freeze_open": "The freeze to end is not over, and nobody ended it yet.",
    "not_locked": "The environment to lock is not locked yet.",
    "is_locked": "The environment to unlock is locked.",
    "job_at_rest": "A deployment to abandon cannot deploy later: its job does not run, and no play is on its way.",
}


def gates() -> str:
    """Each gate, the sentence of its rule, and the triggers that ask it; then what else a refusal can name."""
    said = (
        "A gate is a condition of a transition. All those of a transition are asked, and a refusal names each one\n"
        "that does not hold. The table of [the workflow](workflow.md) says which transition asks which gates;\n"
        "those about numbers, the ref and the checklist are asked where [the settings](settings.md) have them."
    )
    return page(
        "Gates",
        said,
        table(
            ("gate", "holds when", "asked by"),
            ((code(name), sentence(GATES[name].__doc__), _by(name)) for name in GATES),
        ),
        "## Other conditions\n\nA refusal can name these too. No policy can change them.",
        table(("name", "holds when"), ((code(name), said) for name, said in OTHERS.items())),
    )


def _by(name: str) -> str:
    triggers = dict.fromkeys(rule.trigger for rule in rules(DEMANDING) if name in rule.gates)
    return ", ".join(map(code, triggers))
