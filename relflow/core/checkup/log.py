"""What stands in the log and waits for somebody, or stood there and does not."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from relflow.core.checkup.remedy import Diagnosis, diagnosis
from relflow.core.checkup.surroundings import LogFacts

#: A deployment that is open for longer was forgotten.
_FORGOTTEN = timedelta(days=1)
#: GitLab is looked at more often than this, where a `reconcile` runs by itself.
_UNLOOKED = timedelta(days=7)


def check_log(found: LogFacts, at: datetime) -> Iterator[Diagnosis]:
    """Runs that nobody accepted, deployments that nobody ended, and GitLab, which nobody looked at."""
    if found.gone is not None:
        consequence, fix = "decisions are forgotten, and what was played on them is not", "put the newer database back"
        yield diagnosis("error", "database-older", found.gone, consequence, fix)
    for number, environment in found.drifts:
        what = f"drift {number} in {environment}: a run that relflow did not ask for, and nobody accepted"
        consequence = f"nothing is deployed to {environment} until somebody does"
        fix = f"relflow drift accept {environment} {number} -m REASON"
        yield diagnosis("warning", "drift-open", what, consequence, fix)
    for number, environment, since in found.open_deployments:
        if at - since > _FORGOTTEN:
            what = f"deployment {number} to {environment} is open since {since:%Y-%m-%d}"
            consequence = f"nothing else is deployed to {environment}"
            yield diagnosis("warning", "deployment-forgotten", what, consequence, "relflow reconcile")
    unlooked = [name for name, look in found.looks if at - (look.looked_at or look.begins_at) > _UNLOOKED]
    if unlooked:
        what = f"nobody looked for runs past relflow in {', '.join(unlooked)} for more than {_UNLOOKED.days} days"
        consequence = "a click in GitLab is found late, or after its pipeline was deleted never"
        yield diagnosis("note", "drift-unlooked", what, consequence, "relflow reconcile     every night, by itself")
