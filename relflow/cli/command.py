"""What every command shares: the common options, the answer as text or JSON, and the exit code.

A command's function takes a Call and its own words, and returns an Answer; `register` does the rest.
"""

import inspect
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from relflow.cli.failing import INTERRUPTED, Failure, as_shape, as_text, failure_of
from relflow.cli.table import LOUD, red_where
from relflow.core.errors import RelflowError, UsageError

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")]
Config = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="Use this settings file.")]
ProjectPath = Annotated[str | None, typer.Option("-R", "--project", metavar="GROUP/NAME", help="The project.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show where a failure comes from.")]
_COMMON: dict[str, tuple[Any, Any]] = {
    "as_json": (AsJson, False),
    "config": (Config, None),
    "project": (ProjectPath, None),
    "debug": (Debug, False),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command has to say: its JSON value, the same as text, and what went wrong if anything did."""

    shape: Any
    text: str
    failure: Failure | None = None
    exit_code: int | None = None
    #: Its values were printed already, one a line, as they came.
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """How a command was called, besides its own words."""

    as_json: bool
    config: Path | None
    project: str | None
    debug: bool

    @property
    def is_terminal(self) -> bool:
        """Whether a person can be asked: both ends are a terminal, and nobody wants JSON."""
        return sys.stdin.isatty() and sys.stderr.isatty() and not self.as_json


Body = Callable[..., Answer]
#: What people say in their own words; whether that is enough is the command's to judge.
_MAY_BE_EMPTY = frozenset({"message", "title"})
READER_GONE = 141


def register(app: typer.Typer, name: str, example: str, **settings: Any) -> Callable[[Body], Body]:
    """Make the function a command of `app`: its parameters after the Call become the command's words."""

    def add(body: Body) -> Body:
        app.command(name, epilog=f"Example:  {example}", **settings)(_entry(body))
        return body

    return add


def register_alone(app: typer.Typer, example: str) -> Callable[[Body], Body]:
    """Make the function what `app` itself does where none of its commands is named."""

    def add(body: Body) -> Body:
        entry: Any = _entry(body)

        def alone(context: typer.Context, **words: Any) -> None:
            if context.invoked_subcommand is None:
                entry(**words)

        own = list(inspect.signature(entry).parameters.values())
        context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        alone.__signature__ = inspect.Signature([context, *own])  # type: ignore[attr-defined]
        alone.__annotations__ = {"context": typer.Context, **entry.__annotations__}
        alone.__doc__ = body.__doc__
        app.callback(invoke_without_command=True, epilog=f"Example:  {example}")(alone)
        return body

    return add


def _entry(body: Body) -> Callable[..., None]:
    own = list(inspect.signature(body, eval_str=True).parameters.values())[1:]
    common = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in _COMMON.items()
    ]
    own = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]

    def entry(**words: Any) -> None:
        call = Call(**{each.name: words.pop(each.name) for each in common})
        raise typer.Exit(perform(call, lambda: _heard(body, call, words)))

    entry.__signature__ = inspect.Signature([*own, *common])  # type: ignore[attr-defined]
    entry.__annotations__ = {each.name: each.annotation for each in (*own, *common)}
    entry.__doc__, entry.__name__ = body.__doc__, body.__name__
    return entry


def _heard(body: Body, call: Call, words: dict[str, Any]) -> Answer:
    """Run the body on words that are text, and say something: a script's unset variable must not mean a default."""
    for name, value in {"project": call.project, **words}.items():
        for text in value if isinstance(value, list) else (value,):
            if isinstance(text, str) and (problem := _problem(name, text)):
                # An option that is no noun is called by its own name: `--to cannot be empty`.
                option = name.rstrip("_")
                called = f"--{option}" if option in {"from", "to", "at", "since", "until"} else f"the {name}"
                raise UsageError(f"{called} {problem[0]}", problem[1:])
    return body(call, **words)


def _problem(name: str, text: str) -> tuple[str, ...]:
    if any("\ud800" <= each <= "\udfff" for each in text):  # no database, record or JSON can hold these
        return "is not text", "it has bytes that are no UTF-8"
    if not text and name not in _MAY_BE_EMPTY:
        return "cannot be empty", "it was given, and nothing is in it"
    return ()


def perform(call: Call, run: Callable[[], Answer]) -> int:
    """Run a command, print what it says, and return its exit code. Nothing it raises becomes a traceback."""
    try:
        answer = run()
    except RelflowError as exc:
        _debug(call)
        answer = Answer(None, "", failure_of(exc))
    except (KeyboardInterrupt, typer.Abort) as exc:
        print(f"\ninterrupted. {str(exc) or 'Nothing was changed.'}", file=sys.stderr)
        return INTERRUPTED
    except typer.Exit:
        raise
    except BrokenPipeError:
        return gone()
    except Exception as exc:  # noqa: BLE001 - the one place where a bug becomes a message
        answer = Answer(None, "", _bug(call, exc))
    try:
        say(answer, as_json=call.as_json)
    except BrokenPipeError:
        return gone()
    code = answer.failure.exit_code if answer.failure else 0
    return code if answer.exit_code is None else answer.exit_code


def say(answer: Answer, *, as_json: bool) -> None:
    """Print the answer: JSON or text on stdout, what went wrong on stderr."""
    if answer.is_told and as_json:
        if answer.failure:
            print(one_line({"error": as_shape(answer.failure)}))
    elif as_json:
        shape = answer.shape
        if answer.failure:
            shape = {**(shape if isinstance(shape, dict) else {}), "error": as_shape(answer.failure)}
        print(json.dumps(shape, ensure_ascii=_is_narrow(), indent=2))
    elif answer.text:
        print(red_where(LOUD, answer.text))
    sys.stdout.flush()  # a reader that is gone is noticed here, and not when Python ends
    if answer.failure and not as_json:
        print(as_text(answer.failure), file=sys.stderr)


def one_line(shape: Any) -> str:
    """A JSON value on one line."""
    return json.dumps(shape, ensure_ascii=_is_narrow())


def _is_narrow() -> bool:
    """Whether stdout has letters that it cannot write: JSON can spell them."""
    return (sys.stdout.encoding or "utf-8").lower().replace("-", "") != "utf8"


def gone() -> int:
    """The exit code of a command whose reader went away, as a shell gives it; nothing more is said."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return READER_GONE


def _bug(call: Call, exc: Exception) -> Failure:
    _debug(call)
    where = exc.__traceback__
    while where and where.tb_next:
        where = where.tb_next
    place = f"{Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}" if where else "?"
    why = (f"{type(exc).__name__} in {place}",)
    return Failure("bug", "relflow failed in a way nobody foresaw", why, ("the same with --debug, and report it",))


def _debug(call: Call) -> None:
    if call.debug or os.environ.get("RELFLOW_DEBUG"):
        import traceback

        from relflow.bootstrap import without_secrets

        print(without_secrets(traceback.format_exc()), end="", file=sys.stderr)
