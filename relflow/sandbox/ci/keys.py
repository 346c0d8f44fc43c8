"""Reading one value of a `.gitlab-ci.yml`; whatever is not understood becomes a problem that names it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from relflow.sandbox.ci.expressions import ExpressionError, parse
from relflow.sandbox.ci.spec import ArtifactsSpec, EnvironmentSpec, Rule

WHENS = ("on_success", "on_failure", "always", "manual")
ENVIRONMENT_ACTIONS = ("start", "prepare", "verify", "access")
ENVIRONMENT_TIERS = ("production", "staging", "testing", "development", "other")
# What a job leaves is counted and expires, as in GitLab; it is not kept, and nothing here reads it back.
ARTIFACT_KEYS = ("paths", "name", "when", "expire_in", "untracked", "exclude", "expose_as", "reports")

_SECONDS = {"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hr": 3600, "hour": 3600}
_SECONDS |= {"d": 86_400, "day": 86_400, "w": 604_800, "week": 604_800, "mo": 2_592_000, "month": 2_592_000}
_SECONDS |= {"y": 31_557_600, "year": 31_557_600}


@dataclass
class Reader:
    """Reads values and collects what is wrong with them, so that all of it can be said at once."""

    problems: list[str] = field(default_factory=list)

    def refuse(self, where: str, why: str) -> None:
        """Note a problem under the name of the key."""
        self.problems.append(f"{where}: {why}")

    def only(self, where: str, mapping: Mapping[str, object], known: Sequence[str]) -> None:
        """Refuse every key of a mapping that is not known, by name."""
        for key in mapping:
            if key not in known:
                self.refuse(f"{where}:{key}", "the sandbox does not know this key")

    def mapping(self, where: str, value: object) -> Mapping[str, object]:
        """Read a mapping with names as keys."""
        if value is None:
            return {}
        if isinstance(value, Mapping):
            return {str(key): item for key, item in value.items()}
        self.refuse(where, "a mapping is expected")
        return {}

    def text(self, where: str, value: object) -> str | None:
        """Read a text, a number or a boolean as YAML writes it."""
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int | float):
            return str(value)
        self.refuse(where, "a text is expected")
        return None

    def choice(self, where: str, value: object, choices: Sequence[str]) -> str | None:
        """Read one of a few words."""
        if value is None or (isinstance(value, str) and value in choices):
            return value
        self.refuse(where, f"{value!r} is not one of {', '.join(choices)}")
        return None

    def flag(self, where: str, value: object) -> bool | None:
        """Read true or false."""
        if value is None or isinstance(value, bool):
            return value
        self.refuse(where, "only true or false is known to the sandbox")
        return None

    def lines(self, where: str, value: object) -> tuple[str, ...]:
        """Read a script: one text or a list of them, nested lists flattened as GitLab does."""
        if isinstance(value, str):
            return (value,)
        if isinstance(value, list):
            return tuple(line for item in value for line in self.lines(where, item))
        if value is not None:
            self.refuse(where, "a text or a list of texts is expected")
        return ()

    def variables(self, where: str, value: object) -> dict[str, str]:
        """Read variables, each a text or a mapping with `value` and `description`."""
        found: dict[str, str] = {}
        for name, item in self.mapping(where, value).items():
            plain = item
            if isinstance(item, Mapping):
                self.only(f"{where}:{name}", item, ("value", "description"))
                plain = item.get("value", "")
            found[name] = self.text(f"{where}:{name}", plain) or ""
        return found

    def environment(self, where: str, value: object) -> EnvironmentSpec | None:
        """Read an environment: its name, or a mapping."""
        if value is None:
            return None
        if isinstance(value, str):
            return EnvironmentSpec(value)
        given = self.mapping(where, value)
        self.only(where, given, ("name", "url", "action", "deployment_tier"))
        name = self.text(f"{where}:name", given.get("name"))
        if not name:
            self.refuse(where, "a name is missing")
        return EnvironmentSpec(
            name or "",
            self.text(f"{where}:url", given.get("url")),
            self.choice(f"{where}:action", given.get("action"), ENVIRONMENT_ACTIONS) or "start",
            self.choice(f"{where}:deployment_tier", given.get("deployment_tier"), ENVIRONMENT_TIERS),
        )

    def artifacts(self, where: str, value: object) -> ArtifactsSpec:
        """Read `artifacts`: paths, how long they last, and JUnit reports; the rest is without effect."""
        given = self.mapping(where, value)
        self.only(where, given, ARTIFACT_KEYS)
        reports = self.mapping(f"{where}:reports", given.get("reports"))
        self.only(f"{where}:reports", reports, ("junit",))
        return ArtifactsSpec(
            self.lines(f"{where}:paths", given.get("paths")),
            self.seconds(f"{where}:expire_in", given.get("expire_in")),
            self.lines(f"{where}:reports:junit", reports.get("junit")),
        )

    def seconds(self, where: str, value: object) -> int | None:
        """Read a span like `1 week` or `2 hrs 20 min`; `never` is None, and a bare number is seconds."""
        text = (self.text(where, value) or "never").strip().lower()
        if text == "never":
            return None
        parts = re.findall(r"(\d+) *([a-z]*)", text)
        known = [(int(count), unit.rstrip("s") or "s") for count, unit in parts]
        if not re.fullmatch(r"(?:\d+ *[a-z]* *)+", text) or any(unit not in _SECONDS for _, unit in known):
            self.refuse(where, f"{text} is no span of time that the sandbox knows")
            return None
        return sum(count * _SECONDS[unit] for count, unit in known)

    def includes(self, where: str, value: object) -> tuple[str, ...]:
        """Read `include` for the paths of local files, the only kind with an effect."""
        found = []
        for item in value if isinstance(value, list) else [] if value is None else [value]:
            given = item if isinstance(item, str) else self.mapping(where, item)
            if isinstance(given, str):
                path: str | None = given
            else:
                self.only(where, given, ("local",))
                path = self.text(f"{where}:local", given.get("local"))
            if path and ("*" in path or "$" in path or "://" in path):
                self.refuse(where, f"{path}: only the path of a file is known to the sandbox")
            elif path:
                found.append(path.lstrip("/"))
        return tuple(found)

    def coverage(self, where: str, value: object) -> str | None:
        """Read a `/pattern/` and return what stands between the slashes."""
        text = self.text(where, value)
        if text is None:
            return None
        pattern = text.removeprefix("/").removesuffix("/")
        try:
            re.compile(pattern)
        except re.error as exc:
            self.refuse(where, f"{text} is no pattern: {exc}")
        return pattern

    def rules(self, where: str, value: object) -> tuple[Rule, ...] | None:
        """Read the simple rules: `if`, `when`, `allow_failure`, `variables`."""
        if value is None:
            return None
        if not isinstance(value, list):
            self.refuse(where, "a list is expected")
            return ()
        return tuple(self._rule(f"{where}[{index}]", item) for index, item in enumerate(value))

    def _rule(self, where: str, value: object) -> Rule:
        given = self.mapping(where, value)
        self.only(where, given, ("if", "when", "allow_failure", "variables"))
        condition = self.text(f"{where}:if", given.get("if"))
        if condition is not None:
            try:
                parse(condition)
            except ExpressionError as exc:
                self.refuse(f"{where}:if", str(exc))
        return Rule(
            condition,
            self.choice(f"{where}:when", given.get("when"), (*WHENS, "never")),
            self.flag(f"{where}:allow_failure", given.get("allow_failure")),
            self.variables(f"{where}:variables", given.get("variables")),
        )
