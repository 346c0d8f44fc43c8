"""The result of checking a log, as the contract's shape."""

from relflow.store.checking import Report
from relflow.views.shapes import Shape


def report_shape(report: Report) -> Shape:
    """Each layer's result; `ok` of a layer is null where it could not be checked."""
    layers = [
        {"layer": each.layer, "ok": each.ok, "detail": each.detail, "first_bad": each.first_bad}
        for each in report.layers
    ]
    return {"ok": report.ok, "records": report.records, "layers": layers}
