"""What a life that went wrong raises: the name of the invariant, as in the design, and what was seen."""


class Broken(AssertionError):  # noqa: N818 - what is broken is an invariant
    """An invariant does not hold. Not one of relflow's errors: no use case may catch it."""

    def __init__(self, invariant: str, what: str) -> None:
        super().__init__(f"{invariant}: {what}")
        self.invariant, self.what = invariant, what


class Killed(BaseException):
    """The process is no more: what was committed stays, and nothing else."""
