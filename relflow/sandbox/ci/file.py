"""Reading a whole `.gitlab-ci.yml`. What the sandbox does not know it refuses by name; it never guesses."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import yaml

from relflow.sandbox.ci.keys import WHENS, Reader
from relflow.sandbox.ci.spec import CiFile, CiFileError, JobSpec

DEFAULT_STAGES: Final = ("build", "test", "deploy")
WITHOUT_EFFECT: Final = ("image", "tags", "interruptible", "cache")
DEFAULT_KEYS: Final = ("before_script", "artifacts", *WITHOUT_EFFECT)
GLOBAL_KEYS: Final = ("stages", "default", "variables", "before_script", "image", "cache")
JOB_KEYS: Final = (
    *("stage", "script", "before_script", "variables", "when", "rules", "allow_failure"),
    *("environment", "resource_group", "coverage", "artifacts", *WITHOUT_EFFECT),
)
# The C reader is ten times as fast where PyYAML was built with it; both read safe YAML only.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@lru_cache(maxsize=64)
def parse_ci_file(text: str) -> CiFile:
    """Read a file. Raises CiFileError with every problem it has."""
    try:
        document = yaml.load(text, Loader=_LOADER)  # noqa: S506  # one of the two safe ones
    except yaml.YAMLError as exc:
        raise CiFileError((f"not readable as YAML: {' '.join(str(exc).split())}",)) from exc
    reader = Reader()
    found = _file(reader, reader.mapping("the file", document))
    if reader.problems:
        raise CiFileError(tuple(reader.problems))
    return found


def _file(reader: Reader, document: Mapping[str, object]) -> CiFile:
    defaults = reader.mapping("default", document.get("default"))
    reader.only("default", defaults, DEFAULT_KEYS)
    # The old global spelling counts where `default` is silent.
    old_style = {key: document[key] for key in ("before_script",) if key in document}
    stages = _stages(reader, document.get("stages"))
    variables = reader.variables("variables", document.get("variables"))
    jobs = tuple(
        _job(reader, name, value, stages, {**old_style, **defaults}, variables)
        for name, value in document.items()
        if name not in GLOBAL_KEYS and not name.startswith(".")
    )
    if not jobs:
        reader.refuse("jobs", "the file should contain at least one visible job")
    return CiFile(stages, jobs)


def _stages(reader: Reader, value: object) -> tuple[str, ...]:
    named = reader.lines("stages", value) or DEFAULT_STAGES
    return (".pre", *(stage for stage in named if stage not in (".pre", ".post")), ".post")


def _job(
    reader: Reader,
    name: str,
    value: object,
    stages: tuple[str, ...],
    defaults: Mapping[str, object],
    variables: Mapping[str, str],
) -> JobSpec:
    if not isinstance(value, Mapping):
        reader.refuse(name, "the sandbox does not know this key")
        return JobSpec(name, "test", ())
    given = {**defaults, **reader.mapping(name, value)}
    reader.only(name, given, JOB_KEYS)
    stage = reader.text(f"{name}:stage", given.get("stage")) or "test"
    if stage not in stages:
        reader.refuse(f"{name}:stage", f"{stage} does not exist; the stages are {', '.join(stages)}")
    script = reader.lines(f"{name}:script", given.get("script"))
    if not script:
        reader.refuse(f"{name}:script", "a script is missing")
    return JobSpec(
        name=name,
        stage=stage,
        script=(*reader.lines(f"{name}:before_script", given.get("before_script")), *script),
        when=reader.choice(f"{name}:when", given.get("when"), WHENS) or "on_success",
        allow_failure=reader.flag(f"{name}:allow_failure", given.get("allow_failure")),
        variables={**variables, **reader.variables(f"{name}:variables", given.get("variables"))},
        rules=reader.rules(f"{name}:rules", given.get("rules")),
        environment=reader.environment(f"{name}:environment", given.get("environment")),
        resource_group=reader.text(f"{name}:resource_group", given.get("resource_group")),
        coverage=reader.coverage(f"{name}:coverage", given.get("coverage")),
        junit=reader.junit(f"{name}:artifacts", given.get("artifacts")),
    )
