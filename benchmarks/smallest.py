"""The smallest Typer program: one command, one argument. What starting relflow is compared with."""

import typer


def hello(name: str) -> None:
    """Say hello."""
    print(f"hello {name}")


if __name__ == "__main__":
    typer.run(hello)
