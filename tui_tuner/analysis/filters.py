"""Filters of trials, as people type them: `lr < 1e-3 and units >= 128 and status == completed`.

```
filter     := part ("or" part)*          part := term ("and" term)*          term := "not" term | "(" filter ")" | test
test       := operand (("<" | "<=" | ">" | ">=" | "==" | "=" | "!=" | "~") operand)+ | operand ["not"] "in" list | field
list       := "[" operand ("," operand)* "]"
```

An operand is a field's name, a number, a text in quotes, `true`, `false`, `none`, or a bare word, which is a text where
no field has that name. A name that is no plain word stands in backticks. `~` finds a text in another, whatever the
case. One side of a comparison at least is a field. A field alone is true where it has a value other than false. A test
of a value that is not there is false, unless it is compared with `none`.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from tui_tuner.analysis.fields import Field, Value
from tui_tuner.engine.view import TrialView

Test = Callable[[TrialView], bool]
_Get = Callable[[TrialView], Value]

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))
    | (?P<text>"[^"]*"|'[^']*')
    | (?P<name>`[^`]*`)
    | (?P<sign><=|>=|==|!=|<|>|=|~|\(|\)|\[|\]|,)
    | (?P<word>[^\s<>=!~()\[\],"'`]+)
    | (?P<wrong>\S)
    )""",
    re.VERBOSE,
)
_WORDS = ("and", "or", "not", "in")
_CONSTANTS: Mapping[str, Value] = {"true": True, "false": False, "none": None}
_COMPARISONS = ("<", "<=", ">", ">=", "==", "=", "!=", "~")
_PLAIN = re.compile(r"[^\W\d][\w./:-]*")


class FilterError(ValueError):
    """A filter that cannot be understood.

    Args:
        message: What is wrong, in a few words.
        position: Where, as an offset into the text.
    """

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


def parse_filter(text: str, fields: Mapping[str, Field]) -> Test:
    """What a filter's text means; a blank one lets all trials through.

    Args:
        fields: What can be asked of a trial (`fields_of`).

    Raises:
        FilterError: If it cannot be understood.
    """
    tokens = _tokens(text)
    if not tokens:
        return lambda trial: True
    return _Parser(tokens, fields, len(text)).parse()


def completions(text: str, cursor: int, fields: Mapping[str, Field]) -> list[str]:
    """What may stand where the cursor is, as whole words: fields, values of the field that is compared, and words.

    Args:
        cursor: Offset into the text; what stands before it and belongs to a word is the beginning to complete.
    """
    begun = begun_word(text, cursor)
    before = [token for token in _tokens(text[: cursor - len(begun)], tolerant=True) if token.kind != "wrong"]
    last = before[-1] if before else None
    if last is not None and last.text in _COMPARISONS:
        field = fields.get(before[-2].text.strip("`")) if len(before) > 1 else None
        options = [_quoted(value) for value in field.values] if field is not None else []
    elif last is None or last.text in ("and", "or", "not", "("):
        options = [_named(name) for name in fields] + ["not"]
    elif _is_field(last, fields) and (len(before) < 2 or before[-2].text not in _COMPARISONS):
        options = [*_COMPARISONS, "in", "and", "or"]
    else:
        options = ["and", "or", "in"]
    return [option for option in options if option.lower().startswith(begun.lower()) and option != begun]


def _is_field(token: _Token, fields: Mapping[str, Field]) -> bool:
    return token.kind in ("word", "name") and token.text.strip("`") in fields


def begun_word(text: str, cursor: int) -> str:
    """What stands before the cursor and belongs to a word: the beginning that a completion takes the place of."""
    tokens = _tokens(text[:cursor], tolerant=True)
    last = tokens[-1] if tokens else None
    if last is None or last.end != cursor:
        return ""
    if last.kind in ("word", "name"):
        return last.text
    return ""


def _tokens(text: str, *, tolerant: bool = False) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        token = _Token(kind, match[kind], match.start(kind), match.end(kind))
        if kind == "wrong" and not tolerant:
            if token.text in "\"'`":
                raise FilterError(f"a text that begins with {token.text} must end with it too", token.start)
            raise FilterError(f"{token.text} means nothing here", token.start)
        found.append(token)
    return found


class _Number(float):
    """A number as it was typed: compared with a text, such as a trial's id, it is that text."""

    def __new__(cls, text: str) -> Self:
        number = super().__new__(cls, text)
        number.text = text
        return number

    text: str


class _Parser:
    """Recursive descent over the tokens; each method takes what it understands."""

    def __init__(self, tokens: Sequence[_Token], fields: Mapping[str, Field], length: int) -> None:
        self._tokens = tokens
        self._fields = fields
        self._length = length
        self._at = 0

    def parse(self) -> Test:
        test = self._either()
        if self._at < len(self._tokens):
            token = self._tokens[self._at]
            raise FilterError(f"expected and, or, or the end, not {token.text}", token.start)
        return test

    def _peek(self) -> str:
        return self._tokens[self._at].text if self._at < len(self._tokens) else ""

    def _take(self, *texts: str) -> bool:
        """Take the next token if it is one of these words or signs."""
        token = self._tokens[self._at] if self._at < len(self._tokens) else None
        if token is None or token.text not in texts or token.kind not in ("word", "sign"):
            return False
        self._at += 1
        return True

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise FilterError(f"expected {text}" + (f", not {self._peek()}" if self._peek() else ""), self._position())

    def _position(self) -> int:
        return self._tokens[self._at].start if self._at < len(self._tokens) else self._length

    def _either(self) -> Test:
        parts = [self._all()]
        while self._take("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda trial: any(part(trial) for part in parts)

    def _all(self) -> Test:
        parts = [self._term()]
        while self._take("and"):
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else lambda trial: all(part(trial) for part in parts)

    def _term(self) -> Test:
        if self._take("not"):
            negated = self._term()
            return lambda trial: not negated(trial)
        if self._take("("):
            inner = self._either()
            self._expect(")")
            return inner
        return self._test()

    def _test(self) -> Test:
        start = self._position()
        left, is_field = self._operand(may_be_field=True)
        if not is_field and self._peek() in ("in", "not"):
            raise self._unknown(start)
        if self._take("in"):
            return self._in_list(left)
        if self._peek() == "not" and self._at + 1 < len(self._tokens) and self._tokens[self._at + 1].text == "in":
            self._at += 2
            among = self._in_list(left)
            return lambda trial: left(trial) is not None and not among(trial)
        tests: list[Test] = []
        while self._peek() in _COMPARISONS and self._tokens[self._at].kind == "sign":
            sign = self._peek()
            self._at += 1
            right, right_is_field = self._operand(may_be_field=True)
            if not is_field and not right_is_field:
                raise self._unknown(start)
            tests.append(_comparison(sign, left, right))
            left, is_field = right, right_is_field
        if tests:
            return lambda trial: all(test(trial) for test in tests)
        if not is_field:
            raise self._unknown(start)
        return lambda trial: left(trial) not in (None, False)

    def _in_list(self, left: _Get) -> Test:
        self._expect("[")
        values = [self._operand(may_be_field=False)[0]]
        while self._take(","):
            values.append(self._operand(may_be_field=False)[0])
        self._expect("]")
        tests = [_comparison("==", left, value) for value in values]
        return lambda trial: any(test(trial) for test in tests)

    def _operand(self, *, may_be_field: bool) -> tuple[_Get, bool]:
        """The next operand, and whether it is a field."""
        token = self._tokens[self._at] if self._at < len(self._tokens) else None
        if token is None or token.kind == "sign" or (token.kind == "word" and token.text in _WORDS):
            found = f", not {token.text}" if token is not None else ""
            raise FilterError(f"expected a field or a value{found}", self._position())
        self._at += 1
        if token.kind == "number":
            number = _Number(token.text)
            return (lambda trial: number), False
        if token.kind == "text":
            text = token.text[1:-1]
            return (lambda trial: text), False
        name = token.text.strip("`")
        if may_be_field and name in self._fields:
            return self._fields[name].of, True
        if token.kind == "name":
            raise self._unknown(token.start)
        if name.lower() in _CONSTANTS:
            constant = _CONSTANTS[name.lower()]
            return (lambda trial: constant), False
        return (lambda trial: name), False

    def _unknown(self, start: int) -> FilterError:
        token = next(token for token in self._tokens if token.start == start)
        name = token.text.strip("`")
        near = difflib.get_close_matches(name, self._fields, n=1)
        return FilterError(f"there is no field {name}" + (f"; did you mean {near[0]}?" if near else ""), start)


def _comparison(sign: str, left: _Get, right: _Get) -> Test:
    compare = _COMPARE[sign]

    def test(trial: TrialView) -> bool:
        return compare(left(trial), right(trial))

    return test


def _equal(a: Value, b: Value) -> bool:
    if isinstance(a, str) or isinstance(b, str):
        return a is not None and b is not None and _text(a).casefold() == _text(b).casefold()
    if isinstance(a, bool) != isinstance(b, bool):
        return False
    if isinstance(a, float) and isinstance(b, int | float) and math.isfinite(a):
        return math.isclose(a, b, rel_tol=1e-9)
    return a == b


def _unequal(a: Value, b: Value) -> bool:
    return not _equal(a, b) and (b is None or a is not None)


def _less(a: Value, b: Value) -> bool:
    if isinstance(a, str) and isinstance(b, str):
        return a.casefold() < b.casefold()
    if isinstance(a, str) or isinstance(b, str) or a is None or b is None:
        return False
    return a < b


def _in_text(a: Value, b: Value) -> bool:
    return a is not None and b is not None and _text(b).casefold() in _text(a).casefold()


def _text(value: Value) -> str:
    if isinstance(value, _Number):
        return value.text
    return f"{value:g}" if isinstance(value, float) else str(value)


_COMPARE: Mapping[str, Callable[[Value, Value], bool]] = {
    "<": _less,
    "<=": lambda a, b: _less(a, b) or (a is not None and _equal(a, b)),
    ">": lambda a, b: _less(b, a),
    ">=": lambda a, b: _less(b, a) or (a is not None and _equal(a, b)),
    "==": _equal,
    "=": _equal,
    "!=": _unequal,
    "~": _in_text,
}


def _named(name: str) -> str:
    return name if _PLAIN.fullmatch(name) and name.lower() not in (*_WORDS, *_CONSTANTS) else f"`{name}`"


def _quoted(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if _PLAIN.fullmatch(text) or not isinstance(value, str) else f'"{text}"'
