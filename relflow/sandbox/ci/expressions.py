"""The language of `rules: if`: variables, strings, null, patterns, `== != =~ !~ && ||` and parentheses."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Value = str | None
Evaluator = Callable[[Mapping[str, str]], bool]
_Operand = Callable[[Mapping[str, str]], Value]

_TOKEN = re.compile(
    r"""\s*(?:(?P<operator>==|!=|=~|!~|&&|\|\||\(|\))
    |\$(?:\{(?P<braced>\w+)\}|(?P<variable>\w+))
    |"(?P<double>[^"]*)"|'(?P<single>[^']*)'
    |/(?P<pattern>(?:\\.|[^/\\])+)/(?P<flags>[ismU]*)
    |(?P<null>null\b))""",
    re.VERBOSE,
)


class ExpressionError(ValueError):
    """The text is no expression this sandbox understands."""


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    flags: str = ""


def parse(text: str) -> Evaluator:
    """Compile an expression to a function of the variables. Raises ExpressionError."""
    parser = _Parser(_tokens(text), text)
    evaluator = parser.any_of()
    if parser.tokens:
        raise ExpressionError(f"unexpected {parser.tokens[0].text!r} in {text!r}")
    return evaluator


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            raise ExpressionError(f"cannot read {text[position:].strip()!r}")
        position = match.end()
        tokens.append(_token(match))
    return tokens


def _token(match: re.Match[str]) -> _Token:
    for kind in ("operator", "pattern", "null"):
        if match[kind] is not None:
            return _Token(kind, match[kind], match["flags"] or "")
    if match["braced"] or match["variable"]:
        return _Token("variable", match["braced"] or match["variable"])
    return _Token("string", match["double"] if match["double"] is not None else match["single"])


class _Parser:
    """Recursive descent; `&&` binds tighter than `||`, as in GitLab."""

    def __init__(self, tokens: list[_Token], text: str) -> None:
        self.tokens = tokens
        self.text = text

    def any_of(self) -> Evaluator:
        parts = [self.all_of()]
        while self._accept("||"):
            parts.append(self.all_of())
        return lambda variables: any(part(variables) for part in parts)

    def all_of(self) -> Evaluator:
        parts = [self.term()]
        while self._accept("&&"):
            parts.append(self.term())
        return lambda variables: all(part(variables) for part in parts)

    def term(self) -> Evaluator:
        if self._accept("("):
            inner = self.any_of()
            if not self._accept(")"):
                raise ExpressionError(f"missing ')' in {self.text!r}")
            return inner
        left = self.operand()
        for operator, negated in (("==", False), ("!=", True)):
            if self._accept(operator):
                return _equality(left, self.operand(), negated)
        for operator, negated in (("=~", False), ("!~", True)):
            if self._accept(operator):
                return _matching(left, self.pattern(), negated)
        return lambda variables: bool(left(variables))

    def operand(self) -> _Operand:
        token = self._next()
        if token.kind == "variable":
            return lambda variables: variables.get(token.text)
        if token.kind == "string":
            return lambda variables: token.text
        if token.kind == "null":
            return lambda variables: None
        raise ExpressionError(f"unexpected {token.text!r} in {self.text!r}")

    def pattern(self) -> re.Pattern[str]:
        token = self._next()
        if token.kind != "pattern":
            raise ExpressionError(f"{token.text!r} is not a /pattern/ in {self.text!r}")
        flags = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "U": re.NOFLAG}
        try:
            return re.compile(token.text.replace(r"\/", "/"), sum(flags[flag] for flag in token.flags))
        except re.error as exc:
            raise ExpressionError(f"/{token.text}/ is no pattern: {exc}") from exc

    def _accept(self, operator: str) -> bool:
        if self.tokens and self.tokens[0] == _Token("operator", operator):
            self.tokens.pop(0)
            return True
        return False

    def _next(self) -> _Token:
        if not self.tokens:
            raise ExpressionError(f"{self.text!r} ends too early")
        return self.tokens.pop(0)


def _equality(left: _Operand, right: _Operand, negated: bool) -> Evaluator:
    return lambda variables: (left(variables) == right(variables)) is not negated


def _matching(left: _Operand, pattern: re.Pattern[str], negated: bool) -> Evaluator:
    def matches(variables: Mapping[str, str]) -> bool:
        text = left(variables)
        return (text is not None and bool(pattern.search(text))) is not negated

    return matches
