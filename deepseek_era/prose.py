"""Numbers in prose: the one grammar for notebooks, page, paper and tables.

A **token** names something recorded: ``{{ figure.id }}``, ``{{ figure.id | value }}``, ``{{ figure.id | interval }}``,
``{{ figure.id | size }}`` (the value without its sign) and ``{{ figure.id | sizes }}`` (the same with its interval), or
``{{ ref:exhibit-name }}``. Tokens may stand wherever the report has text; what they stand for is data and never read
as markup.

A **prose cell** of a notebook begins with ``%%prose``. Its Markdown may hold, beside tokens, conditional words in Jinja::

    Nvidia {{ "fell" if market.nvda.ar_0 is below 0 else "did not clearly move" }} by {{ market.nvda.ar_0 }}.
    {% if market.nvda.return_0 < -10 %}A fall of more than a tenth is rare.{% endif %}

- ``is below x`` and ``is above x`` ask of the whole interval, ``is public`` whether there is a value; ``<``, ``>``,
  ``<=`` and ``>=`` compare the value. A number that is not public at the vintage meets none of them.
- A number is recorded, never typed or computed here: an expression must end in a token or in words.
- The notebook's own words may be used as well: a text, a list of texts or a truth value that an earlier cell computed,
  as ``{{ fell | listed }}`` or ``{% if fell and not rose %}``. Its numbers serve conditions only. ``listed`` makes
  ``a, b and c`` of a list, ``count`` says how many it holds and ``spelled`` in a word, ``plural("are", "is")`` chooses by that;
  ``capital`` begins a sentence, ``in_sentence`` stands in one.
- Code spans and code blocks stay as they are.

The kernel fills a prose cell when it runs, so its numbers show in JupyterLab, under plain papermill and in nbconvert.
The publisher gets the same text with its conditions settled and its names kept, and sets them with their provenance. In a
notebook that retells what others record, the publisher settles the conditions too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from deepseek_era.errors import UserError, nearest
from deepseek_era.figure import FIGURE_PARTS, Figure, format_figure
from deepseek_era.words import capital, in_sentence, listed, number_word

PARTS = FIGURE_PARTS
MAGIC = "%%prose"
# a token that says nothing, as the interval of a number without one, takes the space before it along
TOKEN = re.compile(r"( ?)\{\{\s*([A-Za-z0-9_.:-]+)\s*(?:\|\s*([A-Za-z]+)\s*)?\}\}")
_REF = re.compile(r"\{\{\s*ref:[A-Za-z0-9_.-]+\s*\}\}")
_CODE = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^ {0,3}(?P=fence)[`~]*[ \t]*$|\Z)"
    r"|(?<![`\\])(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)",
    re.DOTALL | re.MULTILINE,
)


class ProseError(UserError):
    """A name in prose that stands for nothing, or a condition that cannot be read: which one, where, the nearest."""

    def _render_traceback_(self) -> list[str]:
        # in a notebook the one line says all; a traceback through Jinja says nothing more
        return [f"{type(self).__name__}: {self}"]


class Labelled(Protocol):
    """What a reference needs of an exhibit."""

    @property
    def label(self) -> str:
        """Kind and number: ``Figure 3``."""


@dataclass(frozen=True)
class Token:
    """A token with what it stands for: a figure with its part, an exhibit, or words in the place of either."""

    kind: Literal["figure", "words", "ref"]
    id: str
    part: str = "full"
    figure: Figure | None = None
    words: str = ""
    exhibit: Any = None

    @property
    def text(self) -> str:
        """The plain words that the reader sees."""
        if self.figure is not None:
            return format_figure(self.figure, self.part)
        return self.exhibit.label if self.exhibit is not None else self.words


@dataclass(frozen=True)
class Vocabulary:
    """Everything that a token may name: figures and exhibits, and what a notebook that was left out would have recorded."""

    figures: Mapping[str, Figure] = field(default_factory=dict)
    exhibits: Mapping[str, Labelled] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """Plain words that stand for figures and exhibits of notebooks that were left out, by their names."""
    words: Mapping[str, Any] = field(default_factory=dict)
    """What the notebook's cells computed: texts, lists of texts, and truth values and numbers for conditions."""

    def find(self, name: str, part: str | None, where: str) -> Token:
        """Return what a token stands for.

        Raises
        ------
        ProseError
            For an unknown name or part; the message names the token, the place and the nearest known name.
        """
        if name in self.elsewhere:
            return Token("words", name, words=self.elsewhere[name])
        if name.startswith("ref:"):
            target = name.removeprefix("ref:")
            if target not in self.exhibits:
                raise ProseError(
                    f"{where}: {{{{ {name} }}}} names no exhibit{nearest(target, self.exhibits)}"
                )
            return Token("ref", target, exhibit=self.exhibits[target])
        wanted = part or "full"
        if name not in self.figures:
            raise ProseError(f"{where}: {{{{ {name} }}}} names no figure{nearest(name, self.figures)}")
        if wanted not in PARTS:
            raise ProseError(
                f"{where}: {{{{ {name} | {wanted} }}}}: part is not one of {', '.join(PARTS)}{nearest(wanted, PARTS)}"
            )
        return Token("figure", name, wanted, figure=self.figures[name])

    def is_meant(self, name: str) -> bool:
        """Return whether ``{{ name }}`` in a text that may hold data is a token of ours, and not text that looks like one.

        A name under the first part of a figure that there is counts as ours: it is a slip.
        """
        if name.startswith("ref:") or name in self.figures or name in self.elsewhere:
            return True
        return "." in name and any(other.split(".")[0] == name.split(".")[0] for other in self.figures)


def code_spans(text: str) -> list[tuple[int, int]]:
    """Return where code stands in Markdown: fenced blocks, also one never closed, and spans between backticks."""
    return [match.span() for match in _CODE.finditer(text)]


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """Return Markdown with everything but its code changed."""
    pieces, end = [], 0
    for start, stop in code_spans(text):
        pieces += [change(text[end:start]), text[start:stop]]
        end = stop
    return "".join([*pieces, change(text[end:])])


def substitute(
    text: str, known: Vocabulary, write: Callable[[Token], str], where: str, *, data: bool = False
) -> str:
    """Return `text` with every token replaced by what `write` makes of it.

    Tokens inside code spans and code blocks stay. With `data` the text is no Markdown: code spans mean nothing, and a
    token that resembles no name of the report is kept as the text that it is.

    Raises
    ------
    ProseError
        For a token that names nothing.
    """

    def replace(match: re.Match[str]) -> str:
        space, name, part = match.groups()
        if data and not known.is_meant(name):
            return match.group(0)
        token = known.find(name, part, where)
        return space + write(token) if token.text else ""

    def change(piece: str) -> str:
        return TOKEN.sub(replace, piece)

    return change(text) if data else outside_code(text, change)


def fill(text: str, known: Vocabulary, where: str, *, data: bool = False) -> str:
    """Return `text` with every token as plain words (see `substitute`).

    >>> known = Vocabulary({"a.fall": Figure("a.fall", -17, "%", "observed", "Return")})
    >>> fill("It moved by {{ a.fall | value }}.", known, "here")
    'It moved by −17%.'
    >>> fill("It moved by {{ a.fal }}.", known, "here")
    Traceback (most recent call last):
        ...
    deepseek_era.prose.ProseError: here: {{ a.fal }} names no figure (nearest: a.fall)
    """
    return substitute(text, known, lambda token: token.text, where, data=data)


def named(text: str) -> list[str]:
    """Return the names that the tokens of `text` use, in order, code left out."""
    found: list[str] = []

    def note(piece: str) -> str:
        found.extend(match.group(2) for match in TOKEN.finditer(piece))
        return piece

    outside_code(text, note)
    return found


# --- prose cells ---------------------------------------------------------------------------------------------------


class _Name:
    """A dotted name inside an expression; looked up only when it is printed, compared or tested."""

    def __init__(self, known: Vocabulary, where: str, id: str, part: str = "full") -> None:
        self._known, self._where, self._id, self._part = known, where, id, part

    def __getattr__(self, name: str) -> _Name:
        if name.startswith("_"):
            raise AttributeError(name)
        return _Name(self._known, self._where, f"{self._id}.{name}", self._part)

    def _only(self, part: str) -> _Name:
        return _Name(self._known, self._where, self._id, part)

    def _token(self) -> Token:
        return self._known.find(self._id, self._part, self._where)

    def _figure(self) -> Figure | None:
        """Return the figure; None where words stand in its place, since its notebook was left out."""
        return self._token().figure

    def _value(self) -> float | None:
        figure = self._figure()
        return figure.value if figure else None

    def __lt__(self, other: object) -> bool:
        return _ordered(self, other, lambda a, b: a < b)

    def __le__(self, other: object) -> bool:
        return _ordered(self, other, lambda a, b: a <= b)

    def __gt__(self, other: object) -> bool:
        return _ordered(self, other, lambda a, b: a > b)

    def __ge__(self, other: object) -> bool:
        return _ordered(self, other, lambda a, b: a >= b)

    def __bool__(self) -> bool:
        raise ProseError(
            f"{self._where}: {self._id} is a number: say what it is compared with, or 'is public'"
        )

    __hash__ = None  # type: ignore[assignment]


def _number(side: object, where: str) -> float | None:
    if isinstance(side, _Name):
        return side._value()
    if isinstance(side, int | float) and not isinstance(side, bool):
        return float(side)
    raise ProseError(f"{where}: saw {side!r}, a number is compared with a number or a name")


def _ordered(name: _Name, other: object, holds: Callable[[float, float], bool]) -> bool:
    a, b = name._value(), _number(other, name._where)
    return a is not None and b is not None and holds(a, b)


def _whole(end: Literal["low", "high"], holds: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    """Return a test over the whole interval: its `end` stands on one side of a number."""

    def test(name: Any, other: Any) -> bool:
        if not isinstance(name, _Name):
            raise ProseError(f"saw {name!r}, 'is below' and 'is above' are asked of a recorded figure")
        figure, limit = name._figure(), _number(other, name._where)
        edge = getattr(figure, end, None)
        edge = name._value() if edge is None else edge
        return edge is not None and limit is not None and holds(edge, limit)

    return test


def words_of(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return what prose may use of a notebook's variables: texts, lists of texts, truth values and numbers.

    A Series, an Index or an array of texts counts as a list of them. Private names and everything else are left out.
    """
    found: dict[str, Any] = {}
    for name, value in namespace.items():
        if name.startswith("_"):
            continue
        if isinstance(value, str | bool | int | float) or value is None:
            found[name] = value
        elif isinstance(value, list | tuple) or hasattr(value, "tolist"):
            items = value if isinstance(value, list | tuple) else value.tolist()
            if isinstance(items, bool | int | float | str):
                found[name] = items
            elif isinstance(items, list | tuple) and all(isinstance(item, str) for item in items):
                found[name] = list(items)
    return found


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return value
    raise ProseError(f"saw {value!r}, 'listed' and 'count' are asked of a list of texts")


def _environment(finalize: Callable[[Any], str]) -> Any:
    import jinja2.sandbox  # only where a notebook has prose cells

    environment = jinja2.sandbox.SandboxedEnvironment(
        undefined=jinja2.StrictUndefined, finalize=finalize, keep_trailing_newline=True
    )
    environment.filters = {part: lambda name, part=part: name._only(part) for part in PARTS}
    environment.filters |= {
        "listed": lambda value, most=None: listed(_texts(value), most),
        "count": lambda value: _Count(len(_texts(value))),
        "spelled": lambda value: number_word(len(_texts(value))),
        "plural": lambda value, many, one="": many if len(_texts(value)) > 1 else one,
        "capital": capital,
        "in_sentence": in_sentence,
    }
    environment.tests = {
        "below": _whole("high", lambda a, b: a < b),
        "above": _whole("low", lambda a, b: a > b),
        "public": lambda name: name._value() is not None,
    }
    environment.globals = {}
    return environment


def render(
    text: str, known: Vocabulary, write: Callable[[Token], str], where: str, *, markup: bool = True
) -> str:
    """Return the Markdown of a prose cell with conditions settled and every token as `write` makes it.

    Without `markup` the text is no Markdown, and the words of expressions need no escaping.

    References to exhibits stay as they are: their numbers are given when the report is put together.

    Raises
    ------
    ProseError
        For a name that nothing recorded so far, with the nearest; for Jinja that cannot be read; for a number that is
        typed or computed in an expression.
    """
    import jinja2

    kept: list[str] = []

    def keep(piece: str) -> str:
        kept.append(piece)
        return f"\ue000{len(kept) - 1}\ue001"

    # what Jinja must not read: code, and references, whose colon is no Jinja
    template = _CODE.sub(lambda match: keep(match.group(0)), text)
    template = _REF.sub(lambda match: keep(match.group(0)), template)

    roots = {id.split(".")[0] for id in (*known.figures, *known.elsewhere) if not id.startswith("ref:")}

    def finalize(value: Any) -> str:
        if isinstance(value, _Name):
            return write(value._token())
        if isinstance(value, jinja2.Undefined):
            if value._undefined_obj is not jinja2.utils.missing or not value._undefined_name:
                raise ProseError(f"{where}: an expression names what prose may not use")
            name = str(value._undefined_name)
            hint = nearest(name, [*roots, *known.words])
            raise ProseError(f"{where}: {name} names no figure or word of this notebook{hint}")
        if isinstance(value, _Count):
            return f"{value:,}"
        if isinstance(value, str):
            return _as_data(value, known, write) if markup else value
        raise ProseError(
            f"{where}: an expression gives {value!r}: a number in prose is recorded and named, not typed"
        )

    try:
        filled = (
            _environment(finalize)
            .from_string(template)
            .render({**known.words, **{root: _Name(known, where, root) for root in roots}})
        )
    except jinja2.UndefinedError as error:
        name = re.search(r"'([^']+)' is undefined", str(error))
        hint = nearest(name.group(1), [*roots, *known.words]) if name else ""
        raise ProseError(f"{where}: {error}{hint}") from None
    except jinja2.TemplateError as error:
        line = f", line {error.lineno}" if isinstance(error, jinja2.TemplateSyntaxError) else ""
        raise ProseError(f"{where}{line}: {error}") from None
    except TypeError as error:
        raise ProseError(
            f"{where}: a number in prose is recorded and named, not computed ({error})"
        ) from None
    return re.sub("\ue000(\\d+)\ue001", lambda match: kept[int(match.group(1))], str(filled))


class _Count(int):
    """How many texts a list holds: the one number that prose may print without a figure of its own."""


_MARKUP = re.compile(r"([\\`*_\[\]<>#$~^{}|])")


def literal(text: str) -> str:
    r"""Return a text of a table as it may stand in a note or other Markdown: nothing in it is read as markup or a token.

    >>> literal("{{ x }} *b*")
    '\\{\\{ x \\}\\} \\*b\\*'
    """
    return _MARKUP.sub(r"\\\1", text)


def _as_data(text: str, known: Vocabulary, write: Callable[[Token], str]) -> str:
    """Return a text that an expression gives, never read as markup; tokens of figures in it are written."""
    pieces, end = [], 0
    for match in TOKEN.finditer(text):
        space, name, part = match.groups()
        if name in known.figures:
            pieces.append(literal(text[end : match.start()]) + space)
            pieces.append(write(known.find(name, part, "these words")))
            end = match.end()
    return "".join([*pieces, literal(text[end:])])


def as_token(token: Token) -> str:
    """Return a token as it is written in prose: what the publisher fills later."""
    name = f"ref:{token.id}" if token.kind == "ref" else token.id
    return f"{{{{ {name} }}}}" if token.part == "full" else f"{{{{ {name} | {token.part} }}}}"


def say(text: str, known: Vocabulary, where: str) -> str:
    """Return words with their conditions settled and the names of their numbers kept: for a title, a note, a list.

    The same grammar as a prose cell, for text that is no Markdown.
    """
    return render(text, known, as_token, where, markup=False).strip()


def settle(text: str, known: Vocabulary, where: str) -> str:
    """Return a prose cell's Markdown with its conditions settled and its names kept, for the publisher."""
    return render(text, known, as_token, where)


def for_reader(text: str, known: Vocabulary, where: str) -> str:
    """Return a prose cell's Markdown with its numbers, for who reads the notebook itself.

    What a token stands for is escaped, since it is data; a reference shows the exhibit's name, for its number is not
    yet known.
    """

    def words(token: Token) -> str:
        return _MARKUP.sub(r"\\\1", token.text)

    filled = render(text, known, words, where)
    return outside_code(filled, lambda piece: _REF.sub(lambda m: f"*{m.group(0)[2:-2].strip()[4:]}*", piece))
