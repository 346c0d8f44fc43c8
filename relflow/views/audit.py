"""The result of checking a log, as the contract's shape."""

from typing import TYPE_CHECKING

from relflow.store.checking import Report

if TYPE_CHECKING:
    from relflow.views import contract


def report_shape(report: Report) -> "contract.Report":
    """Each layer's result; `ok` of a layer is null where it could not be checked."""
    layers: list[contract.Layer] = [
        {"layer": each.layer, "ok": each.ok, "detail": each.detail, "first_bad": each.first_bad}
        for each in report.layers
    ]
    return {"ok": report.ok, "records": report.records, "layers": layers}
