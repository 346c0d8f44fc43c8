"""The one exception a person sees when the sandbox cannot start."""


class SandboxError(Exception):
    """The sandbox cannot serve: what happened, why, and what to do next."""

    def __init__(self, what: str, why: str, next_step: str) -> None:
        """Each argument is one sentence without a final full stop."""
        super().__init__(f"{what}: {why}. {next_step}.")
        self.what = what
        self.why = why
        self.next_step = next_step
