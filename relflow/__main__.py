"""`python -m relflow`, and the installed command."""

import gc


def main() -> None:
    """Run the command that was typed."""
    # Classes and functions are what a start makes, and none of them is garbage: to look for some at Python's usual pace
    # costs a fifteenth of the time of `relflow show`. What runs for long still looks.
    gc.set_threshold(100_000)
    from relflow.cli.main import main as typed

    typed()


if __name__ == "__main__":
    main()
