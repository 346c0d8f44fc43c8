"""Variables in a request: a list of mappings with `key` and `value`."""

from relflow.sandbox.wire.answers import invalid
from relflow.sandbox.wire.routes import Call


def read_variables(call: Call, name: str) -> dict[str, str]:
    """Read the variables given under a name. Raises RefusedError, worded as GitLab does."""
    value = call.given.raw(name)
    if value in (None, "", []):
        return {}
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise invalid(f"{name} is invalid")
    for index, item in enumerate(value):
        for key in ("key", "value"):
            if key not in item:
                raise invalid(f"{name}[{index}][{key}] is missing")
    return {str(item["key"]): str(item["value"]) for item in value}
