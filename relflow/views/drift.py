"""The runs that nobody asked relflow for, and that nobody accepted yet."""

from typing import TYPE_CHECKING

from relflow.views.reading import View
from relflow.views.shapes import drift_shape

if TYPE_CHECKING:
    from relflow.views import contract


def read_drift(view: View) -> "list[contract.Drift]":
    """They, oldest first, as the last `reconcile` left them: it asks no GitLab."""
    return [drift_shape(each) for each in view.book.drifts()]


def last_looks(view: View) -> dict[str, str | None]:
    """When GitLab was looked at last, by environment; None where it never was."""
    from relflow.core.codec import timestamp

    looks = {name: view.book.last_look(name) for name in view.workflow.names}
    return {name: timestamp(look.looked_at) if look and look.looked_at else None for name, look in looks.items()}
