"""Naive variants of relflow: one change to a copy of the tree each, and the invariant that lives must see broken.

`python -m tests.lives.naive` makes them all, `python -m tests.lives.naive NAME` one. The checkout stays whole.
"""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Naive:
    """What is changed, in which module, and how it shows."""

    module: str
    #: Texts as they stand, and what is put in their place.
    changes: tuple[tuple[str, str], ...]
    invariant: str
    seeds: str


#: Found at the start of what arms a deployment.
_ARM = "    command = ArmDeployment(deployment.environment,"
_LOOK = "    job = app.gitlab.job(seen.project.project_id, deployment.starts)\n"
_NO_LOOK = """    from relflow.core.facts import Job
    shown = "manual" if deployment.base_job is None else "failed"
    made_up = {"name": deployment.job_name, "commit": deployment.commit, "stage": "", "url": ""}
    job = Job(id=deployment.starts, status=shown, **made_up)
"""
_SEND = "    return send(seen.project.project_id, job)\n"
_TWICE = """    answer = send(seen.project.project_id, job)
    return answer if answer.status else send(seen.project.project_id, job)
"""
_RECORD = "    command = RecordAnswer("
_TRUST = """    if kind == "accepted" and answer.job is not None:
        from relflow.core.commands import SettleDeployment
        won = replace(answer.job, status="success")
        told = SettleDeployment(deployment.environment, deployment.id)
        settle_step(app, seen, told, lambda tx: Facts(at=tx.at, actor=PART, job=won))
"""
_INTERRUPTED = """    except KeyboardInterrupt:
        return replace(armed"""
_PASSED_ON = """    except KeyboardInterrupt:
        raise
        return replace(armed"""

NAIVE: dict[str, Naive] = {
    "plays without a look": Naive("service/playing.py", ((_LOOK, _NO_LOOK),), "I3", "1-1000"),
    "plays whatever the look shows": Naive(
        "core/protocol.py",
        (("    if way_to_start(deployment.kind, job.status) != way_of(deployment):\n", "    if False:\n"),),
        "I3",
        "1-5000",
    ),
    "believes an old look": Naive(
        "service/sending.py", (("    if late > SENT_WITHIN:\n", "    if False:\n"),), "I3", "1-20000"
    ),
    "posts before the commit": Naive(
        "service/playing.py",
        ((_ARM, f"    _post(app, seen, deployment, app.clock.now())\n{_ARM}"),),
        "I2",
        "1-1000",
    ),
    "two may be open": Naive(
        "core/gates/deployment.py", (("    if environment.occupied:\n", "    if False:\n"),), "I1", "1-1000"
    ),
    "sends again what had no answer": Naive("service/playing.py", ((_SEND, _TWICE),), "I3", "1-1000"),
    "trusts a 200": Naive("service/playing.py", ((_RECORD, f"{_TRUST}{_RECORD}"),), "I5", "1-1000"),
    "settles what is settled": Naive(
        "core/protocol.py", (("    if not deployment.is_open:\n", "    if False:\n"),), "I10", "1-2000"
    ),
    "gives up at once": Naive(
        "core/starting.py", (("QUIET = timedelta(minutes=10)", "QUIET = timedelta(0)"),), "I3", "1-2000"
    ),
    "overlooks somebody's click": Naive(
        "core/drifting.py",
        (("    if accounted or sighting.is_known or _is_left_of_own(sighting):\n", "    if True:\n"),),
        "I11",
        "1-1000",
    ),
    "waits by the log's time": Naive(
        "core/facts.py", (("        return self.gitlab_at or self.at\n", "        return self.at\n"),), "I3", "1-5000"
    ),
    "is interrupted without a word": Naive("service/playing.py", ((_INTERRUPTED, _PASSED_ON),), "exit 5", "1-1000"),
}


def lives_of(name: str, folder: Path) -> str:
    """What `make lives` prints of that variant, made in the folder. LookupError: there is no such text any more."""
    naive = NAIVE[name]
    for part in ("relflow", "tests"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / "relflow" / naive.module
    text = file.read_text(encoding="utf-8")
    for old, new in naive.changes:
        if text.count(old) != 1:
            raise LookupError(f"{name}: {naive.module} has {text.count(old)} times: {old}")
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "tests.lives", naive.seeds, "--processes", "1", "--first"]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True).stdout


def main(names: list[str]) -> int:
    """What lives saw of each variant; 1 where one went unseen."""
    unseen = 0
    for name in names or NAIVE:
        with tempfile.TemporaryDirectory() as folder:
            found = [line for line in lives_of(name, Path(folder)).splitlines() if line.startswith("seed ")]
        unseen += not any(f": {NAIVE[name].invariant}: " in line for line in found)
        print(f"{name:36}{found[0] if found else 'nobody saw it'}", flush=True)
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
