"""The freezes that are in force or to come."""

from datetime import datetime
from typing import TYPE_CHECKING

from relflow.views.reading import View
from relflow.views.shapes import freeze_shape

if TYPE_CHECKING:
    from relflow.views import contract


def read_freezes(view: View, at: datetime) -> "list[contract.Freeze]":
    """Those that are not over then and that nobody ended, earliest first: relflow's own, GitLab is not asked."""
    return [freeze_shape(each) for each in view.book.freezes(at)]
