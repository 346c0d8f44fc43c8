"""Who may change what deploys: the default branch, and the tags that releases stand on."""

from collections.abc import Collection, Iterator

from relflow.core.checkup.remedy import CloseBranch, Diagnosis, ForbidForcePush, ProtectBranch, ProtectTags, diagnosis
from relflow.core.checkup.surroundings import Protection, Protections
from relflow.core.people import Level

#: What a release's tag is taken for while there is no release.
_A_TAG = "v1.0.0"
_UNREVIEWED = "what deploys, and by which job, can be changed without anybody's review"


def check_protections(found: Protections, branch: str | None, refs: Collection[str], url: str) -> Iterator[Diagnosis]:
    """What is wrong with them, given the default branch and the refs of releases; `url` is the project's page."""
    where = f"{url}/-/settings/repository"
    if branch is not None:
        yield from _branch(branch, [each for each in found.branches if each.covers(branch)], where)
    kept = (*found.branches, *found.tags)
    loose = [ref for ref in refs or (_A_TAG,) if ref != branch and not any(each.covers(ref) for each in kept)]
    if loose:
        pattern = "v*" if all(ref.startswith("v") for ref in loose) else "*"
        yield diagnosis(
            "warning",
            "tags-unprotected",
            f"the tag of a release, like {loose[0]}, is not protected",
            "any developer may move or delete it: relflow refuses to deploy it then, a click in GitLab does not",
            f"{where}     Protected tags: {pattern}",
            ProtectTags(pattern),
        )


def _branch(branch: str, rules: list[Protection], where: str) -> Iterator[Diagnosis]:
    if not rules:
        what = f"the default branch {branch} is not protected: developers may push to it, and rewrite it"
        fix = f"{where}     Protected branches: {branch}"
        yield diagnosis("error", "branch-unprotected", what, _UNREVIEWED, fix, ProtectBranch(branch))
    # Of several rules the most permissive counts; one that the group made cannot be changed here.
    own = not any(each.is_inherited for each in rules)
    low = {each.name: rows for each in rules if (rows := _low(each))}
    if low:
        remedies = [CloseBranch(name, rows) for name, rows in low.items() if own]
        what = f"developers may push to the protected branch {branch}"
        fix = f"{where}     Protected branches: {', '.join(low)}: allowed to push and merge"
        yield diagnosis("error", "branch-open-to-developers", what, _UNREVIEWED, fix, *remedies)
    forced = [each.name for each in rules if each.lets_force_push]
    if forced:
        what, consequence = f"{branch} may be force-pushed", "commits that ran in production vanish from its history"
        fix = f"{where}     Protected branches: {', '.join(forced)}: allowed to force push"
        remedies_ = [ForbidForcePush(name) for name in forced if own]
        yield diagnosis("warning", "force-push-allowed", what, consequence, fix, *remedies_)


def _low(rule: Protection) -> tuple[int, ...]:
    """The rows that let others than maintainers push."""
    return tuple(row.id for row in rule.push if row.level is not None and 0 < row.level < Level.MAINTAINER)
