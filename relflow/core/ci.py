"""What a project's CI configuration says of its jobs, as far as relflow's rules look at it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CiRule:
    """One of a job's `rules`: how the job starts where this is the first that matches. None: as the job says."""

    when: str | None = None
    allow_failure: bool | None = None
    interruptible: bool | None = None


@dataclass(frozen=True, slots=True)
class CiJob:
    """A job as it is in the end: with what it extends, and with the defaults it inherits."""

    name: str
    #: Where it begins: `.gitlab-ci.yml:12`.
    place: str
    stage: str = "test"
    when: str = "on_success"
    rules: tuple[CiRule, ...] | None = None
    allow_failure: bool | None = None
    #: As written: it may have variables in it.
    environment: str | None = None
    action: str = "start"
    resource_group: str | None = None
    interruptible: bool = False
    #: How often GitLab runs it again by itself.
    retry: int = 0
    is_trigger: bool = False
    is_parallel: bool = False
    #: The keys whose value could not be told from what was read.
    unread: tuple[str, ...] = ()

    @property
    def starts(self) -> tuple[CiRule, ...]:
        """Each way in which the job gets into a pipeline, with nothing left open but `allow_failure`."""
        rules = (CiRule(),) if self.rules is None else self.rules
        ways = (
            CiRule(
                rule.when or self.when,
                self.allow_failure if rule.allow_failure is None else rule.allow_failure,
                self.interruptible if rule.interruptible is None else rule.interruptible,
            )
            for rule in rules
        )
        return tuple(way for way in ways if way.when != "never")

    @property
    def deploys(self) -> bool:
        """Whether GitLab calls its run a deployment: it has an environment, and does not only prepare or stop it."""
        return self.environment is not None and self.action == "start"


@dataclass(frozen=True, slots=True)
class CiConfig:
    """The jobs of a project, in the order written, and the order of their stages."""

    source: str
    jobs: tuple[CiJob, ...]
    stages: tuple[str, ...]
    #: Whether all that it includes was read: else a job that is missing here may be elsewhere.
    is_whole: bool = True

    def job(self, name: str) -> CiJob | None:
        """The job of that name, or None."""
        return next((each for each in self.jobs if each.name == name), None)
