"""The transition table of WORKFLOW.md once more, written from the page and from nothing in relflow."""

Way = tuple[str, str | None, str, str]


def walk(names: tuple[str, ...], breakable: tuple[str, ...] = ()) -> set[Way]:
    """Every way of the workflow with these environments: trigger, environment, from, to.

    Where the glass may be broken, every state from `tested` up to the environment's approval leads there.
    """
    ways: set[Way] = {("test", None, "draft", "tested"), ("tick", None, "draft", "draft")}
    ladder, before = ["draft", "tested"], "tested"
    for name in names:
        agreed, there = f"approved-{name}", f"deployed-{name}"
        ways |= {
            ("approve", name, before, before),
            ("approve", name, before, agreed),
            ("approve", name, agreed, agreed),
        }
        ways |= {
            ("unapprove", name, state, into) for state, into in ((before, before), (agreed, agreed), (agreed, before))
        }
        ways |= {("waive", name, state, state) for state in (before, agreed)}
        ways |= {("reject", name, before, "held"), ("reject", name, agreed, "held")}
        ways |= {("deploy", name, agreed, agreed), ("deploy", name, agreed, there), ("deploy", name, "held", "held")}
        ladder, before = [*ladder, agreed, there], there
    for name in breakable:
        below = ladder[1 : ladder.index(f"deployed-{name}")]
        ways |= {("break-glass", name, state, state) for state in below}
        ways |= {("deploy", name, state, f"deployed-{name}") for state in below}
    for name in names:
        ways |= {("rollback", name, state, state) for state in ladder[ladder.index(f"deployed-{name}") :]}
    ways |= {("hold", None, state, "held") for state in [*ladder, "held"]}
    ways |= {("amend", None, state, "draft") for state in [*ladder[:-1], "held"]}
    return ways | {("resume", None, "held", state) for state in ladder}
