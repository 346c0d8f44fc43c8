"""What the CI files of a project lack of what its settings ask for, as drafts of the files.

The jobs that relflow plays are in a file of their own, which the project's file includes. Both are edited as little as
can be: what a person wrote stays, scripts above all.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

from relflow.adapters.ci.document import UnreadableError, read
from relflow.adapters.ci.editing import CannotEditError, scalar, with_block, with_item, with_key
from relflow.adapters.ci.including import Gathered, gather, text_of
from relflow.adapters.ci.reading import Reading, read_here
from relflow.adapters.ci.shaping import config_of
from relflow.core.ci import CiConfig, CiJob
from relflow.core.ci_rules import judge_environment, missing_tests
from relflow.core.errors import SetupError
from relflow.core.finding import Finding
from relflow.core.workflow import Environment, Workflow

PART = ".gitlab/relflow.gitlab-ci.yml"
_HEAD = """\
# The jobs that relflow plays, one for each environment of relflow.toml; it plays each of them once for a decision.
# `relflow ci init` adds what is missing here, and `relflow ci lint` checks it. The scripts are yours.
"""
_DEPLOY_JOB = """\
{job}:
  stage: {stage}
  script:
    - ./deploy.sh {name}
  when: manual
  environment:
    name: {environment}
  resource_group: {environment}
  interruptible: false
  retry: 0
"""
_TEST_JOB = """\
{job}:
  stage: {stage}
  script:
    - ./test.sh
"""
_PLAIN = re.compile(r"[^*?\[\]]+")


@dataclass(frozen=True, slots=True)
class Draft:
    """A file as it is (None: not yet there) and as it shall be."""

    name: str
    before: str | None
    after: str

    @property
    def diff(self) -> str:
        """The unified difference."""
        before = (self.before or "").splitlines()
        source = self.name if self.before is not None else "/dev/null"
        return "\n".join(unified_diff(before, self.after.splitlines(), source, self.name, lineterm=""))


@dataclass(frozen=True, slots=True)
class Drafts:
    """The files to write below `root`, none where nothing is to be done, and what is left to say of the whole then."""

    root: Path
    files: tuple[Draft, ...]
    #: The jobs that are new, whose scripts somebody has to fill in.
    new_jobs: tuple[str, ...]
    left: tuple[Finding, ...]


def drafts(root: Path, name: str, workflow: Workflow) -> Drafts:
    """The drafts for the CI file of that name. Raises SetupError for files that cannot be read or edited."""
    desk = _Desk(root, name, workflow)
    desk.include_what_is_there()
    desk.add_jobs()
    desk.mend_jobs()
    return desk.drafts()


class _Desk:
    """The two files as they change under the work."""

    def __init__(self, root: Path, name: str, workflow: Workflow) -> None:
        self.root, self.name, self.workflow = root, name, workflow
        self.before = {each: self._text(each) for each in (PART, name)}
        self.texts = {each: text for each, text in self.before.items() if text is not None}
        self.new_jobs: list[str] = []

    def _text(self, name: str) -> str | None:
        if not (self.root / name).exists():
            return None
        try:
            return text_of(self.root, name, {})
        except UnreadableError as exc:
            raise _unreadable(str(exc)) from exc

    def _gathered(self) -> Gathered:
        gathered = gather(self.root, self.name, {self.name: "", PART: "", **self.texts})
        if broken := [each for each in gathered.findings if each.name in {"yaml-invalid", "include-invalid"}]:
            raise _unreadable(*(each.what for each in broken))
        return gathered

    def config(self) -> CiConfig:
        """The configuration as it is by now."""
        return config_of(self._gathered(), self.name)

    def include_what_is_there(self) -> None:
        """A file of before that is no longer included counts again."""
        if PART in self.texts:
            self._include()

    def _include(self) -> None:
        if any(each.name == PART for each in self._gathered().documents):
            return
        given = _value(self.texts.get(self.name, ""), self.name).get("include") or [{}]
        is_mapping = isinstance(given[-1] if isinstance(given, list) else given, dict)
        self._insert("include", f"local: /{PART}" if is_mapping else f"/{PART}")

    def add_jobs(self) -> None:
        """Every job that the settings name and nothing has, each in its stage."""
        config = self.config()
        missing = [each for each in self.workflow.environments if config.job(each.job) is None]
        tests = [name for name in missing_tests(self.workflow, config) if _PLAIN.fullmatch(name)]
        tests = [name for name in tests if config.is_whole and config.job(name) is None]
        if missing or tests:
            self._include()
        stage = self._stage("deploy", config, None) if missing else None
        if tests:
            self._add_tests(tests, stage)
        for each in missing:
            self._add(each.job, _deploy_job(each, stage or "deploy"))

    def _add_tests(self, names: list[str], deploy_stage: str | None) -> None:
        config = self.config()
        deploying = {job.stage for job in config.jobs if job.name in self.workflow.deploy_jobs} | {deploy_stage}
        before = next((at for at, stage in enumerate(config.stages) if stage in deploying), len(config.stages))
        stage = self._stage("test", config, before)
        for name in names:
            self._add(name, _TEST_JOB.format(job=scalar(name), stage=scalar(stage)))

    def _stage(self, wanted: str, config: CiConfig, before: int | None) -> str:
        """The stage of that name, which must come before that one; it is added where the file has stages of its own."""
        stages = config.stages
        if wanted in stages and (before is None or stages.index(wanted) < before):
            return wanted
        text = self.texts.get(self.name, "")
        if wanted not in stages and isinstance(_value(text, self.name).get("stages"), list):
            self._insert("stages", scalar(wanted), before)
            return wanted
        return stages[-1] if before is None else ".pre" if before == 0 else stages[0]

    def _add(self, job: str, block: str) -> None:
        try:
            self.texts[PART] = with_block(self.texts.get(PART, _HEAD), block)
        except CannotEditError as exc:
            raise _uneditable(PART, exc, f"add {job} by hand: {block}") from exc
        self.new_jobs.append(job)

    def mend_jobs(self) -> None:
        """What the rules have against a deploy job of the own file is put right where one key does it."""
        for environment in self.workflow.environments:
            config = self.config()
            job = config.job(environment.job)
            if job is None or not job.place.startswith(f"{PART}:"):
                continue
            for finding in judge_environment(environment, config):
                self._mend(job, environment, finding.name)

    def _mend(self, job: CiJob, environment: Environment, name: str) -> None:
        own = _value(self.texts[PART], PART)[job.name].get("environment")
        place = ("environment", "name") if isinstance(own, dict) else ("environment",)
        wanted = environment.gitlab_environment
        mends: dict[str, tuple[tuple[str, ...], str | int | bool]] = {
            "environment-missing": (place, wanted),
            "environment-differs": (place, wanted),
            "environment-not-started": (("environment", "action"), "start"),
            "resource-group-missing": (("resource_group",), wanted),
            "deploy-job-retried": (("retry",), 0),
        }
        if job.rules is None:
            mends["deploy-job-starts-itself"] = (("when",), "manual")
        if job.interruptible:  # and not only in one of its rules
            mends["deploy-job-interruptible"] = (("interruptible",), False)
        if name in mends:
            with suppress(CannotEditError):  # it stays among what is left to say
                path, value = mends[name]
                self.texts[PART] = with_key(self.texts[PART], (job.name, *path), value)

    def _insert(self, key: str, item: str, at: int | None = None) -> None:
        """Put an item into a list of the project's file, and see that nothing else reads otherwise then."""
        text = self.texts.get(self.name, "")
        try:
            after = with_item(text, key, item, at)
            _must_be_all(_value(text, self.name), read(after, self.name).value, key, item, at)
        except (CannotEditError, UnreadableError) as exc:
            raise _uneditable(self.name, exc, f"add to `{key}` by hand: {item}") from exc
        self.texts[self.name] = after

    def drafts(self) -> Drafts:
        """What changed, the included file first: nobody shall include what is not there."""
        files = tuple(
            Draft(name, self.before[name], text)
            for name, text in sorted(self.texts.items(), key=lambda each: each[0] != PART)
            if text != self.before[name]
        )
        reading: Reading = read_here(self.root, self.name, {self.name: "", **self.texts})
        return Drafts(self.root, files, tuple(self.new_jobs), reading.judged(self.workflow))


def _value(text: str, name: str) -> dict[str, Any]:
    try:
        return read(text, name).value
    except UnreadableError as exc:
        raise _unreadable(str(exc)) from exc


def _must_be_all(before: dict[str, Any], after: dict[str, Any], key: str, item: str, at: int | None) -> None:
    given = before.get(key)
    items = list(given) if isinstance(given, list) else [] if given is None else [given]
    items.insert(len(items) if at is None else at, _value(f"item:\n  {item}", "")["item"])
    if {**before, key: items} != after:
        raise CannotEditError("something else would change")


def _deploy_job(environment: Environment, stage: str) -> str:
    where = scalar(environment.gitlab_environment)
    return _DEPLOY_JOB.format(
        job=scalar(environment.job), stage=scalar(stage), name=environment.name, environment=where
    )


def _unreadable(*why: str) -> SetupError:
    return SetupError("the CI files cannot be read. Nothing was changed.", why, ("relflow ci lint     shows it all",))


def _uneditable(name: str, exc: ValueError, step: str) -> SetupError:
    why = f"it has a form that is not edited here: {exc}"
    return SetupError(f"{name} cannot be edited. Nothing was changed.", (why,), (step,))
