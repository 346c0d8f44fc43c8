"""Reading a whole `.gitlab-ci.yml`. What the sandbox does not know it refuses by name; it never guesses."""

from collections.abc import Callable, Mapping
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
    *("environment", "resource_group", "coverage", "artifacts", "retry", *WITHOUT_EFFECT),
)
MOST_INCLUDES: Final = 150
# The C reader is ten times as fast where PyYAML was built with it; both read safe YAML only.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: The text of another file of the same commit, or None.
Local = Callable[[str], str | None]


def parse_ci_file(text: str, local: Local = lambda _: None) -> CiFile:
    """Read a file with what it includes. Raises CiFileError with every problem it has."""
    return _parsed(_texts(text, local))


def merged_yaml(text: str, local: Local) -> str:
    """The same as one file, as GitLab's lint shows it. Raises CiFileError."""
    return str(yaml.safe_dump(_merged(_texts(text, local)), sort_keys=False, allow_unicode=True))


@lru_cache(maxsize=64)
def _parsed(texts: tuple[str, ...]) -> CiFile:
    reader = Reader()
    found = _file(reader, reader.mapping("the file", _merged(texts)))
    if reader.problems:
        raise CiFileError(tuple(reader.problems))
    return found


@lru_cache(maxsize=64)
def _document(text: str) -> object:
    try:
        return yaml.load(text, Loader=_LOADER)  # noqa: S506  # one of the two safe ones
    except yaml.YAMLError as exc:
        raise CiFileError((f"not readable as YAML: {' '.join(str(exc).split())}",)) from exc


def _texts(text: str, local: Local, above: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The text behind those of the files that it includes, each behind its own: later ones win."""
    document = _document(text)
    reader = Reader()
    texts: list[str] = []
    for name in reader.includes("include", document.get("include") if isinstance(document, Mapping) else None):
        found = None if name in above else local(name)
        if found is None or len(above) > MOST_INCLUDES:
            reader.refuse("include", f"Local file `{name}` does not exist!" if found is None else "too many files")
        else:
            reader.mapping(f"include: {name}", _document(found))
            texts += _texts(found, local, (*above, name))
    if reader.problems:
        raise CiFileError(tuple(reader.problems))
    return (*texts, text)


def _merged(texts: tuple[str, ...]) -> object:
    """The documents over each other. The last one, the file itself, may be no mapping: that is refused later."""
    merged: object = {}
    for document in map(_document, texts):
        own = (
            {key: value for key, value in document.items() if key != "include"}
            if isinstance(document, Mapping)
            else document
        )
        merged = _over(merged, own)
    return merged


def _over(below: object, above: object) -> object:
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    return {**below, **{key: _over(below[key], value) if key in below else value for key, value in above.items()}}


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
    if given.get("retry") not in (None, 0):
        reader.refuse(f"{name}:retry", "the sandbox runs nothing again by itself: only 0 is known to it")
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
        artifacts=reader.artifacts(f"{name}:artifacts", given.get("artifacts")),
    )
