"""Prose: markdown with tokens, turned into HTML.

Tokens are ``{{ figure.id }}``, ``{{ figure.id | value }}``, ``{{ figure.id | interval }}``, ``{{ phrase.x }}`` and
``{{ ref:exhibit-name }}``. They are replaced before pandoc sees the text, by raw inlines of the target, so what a
figure or a phrase says is never read as markup. All prose of a report goes through pandoc in one call.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from deepseek_era.errors import UserError, nearest
from deepseek_era.figures import Figure, format_figure
from deepseek_era.publish.report import ExhibitView, Report
from deepseek_era.publish.tokens import is_meant

PARTS = ("full", "value", "interval")
# raw HTML and TeX in a notebook's prose is text, not markup; headings get no ids, the page mints its own
MARKDOWN = (
    "markdown-raw_html-raw_tex-native_divs-native_spans-auto_identifiers-implicit_figures"
    "-markdown_in_html_blocks-citations-yaml_metadata_block-pandoc_title_block+raw_attribute"
)
# a token that says nothing, as the interval of a number without one, takes the space before it along
_TOKEN = re.compile(r"( ?)\{\{\s*([A-Za-z0-9_.:-]+)\s*(?:\|\s*([A-Za-z]+)\s*)?\}\}")
_UNIT_GAP = re.compile(
    r"(?<=\d) (?=(?:[kMGT]B(?:/s)?|[kMGT]Wh?|[TG]?FLOP|pp|million|billion|trillion|years?|months?|weeks?|days?|hours?|points?"
    r"|January|February|March|April|May|June|July|August|September|October|November|December)\b)"
)
_CODE = re.compile(r"^(```|~~~).*?^\1[^\n]*$|(?<!`)(`+)(?!`).+?(?<!`)\2(?!`)", re.DOTALL | re.MULTILINE)


class ProseError(UserError):
    """A token in prose that stands for nothing: which one, where, and the nearest known name."""


@dataclass(frozen=True)
class Token:
    """A token with what it stands for: a figure with its part, a phrase, or an exhibit."""

    kind: Literal["figure", "phrase", "ref"]
    id: str
    part: str
    figure: Figure | None = None
    phrase: str = ""
    exhibit: ExhibitView | None = None

    @property
    def text(self) -> str:
        """The plain words that the reader sees."""
        if self.figure is not None:
            return format_figure(self.figure, self.part)
        return self.exhibit.label if self.exhibit is not None else self.phrase


Writer = Callable[[Token], str]


@dataclass(frozen=True)
class Vocabulary:
    """Everything that a token may name."""

    figures: Mapping[str, Figure]
    phrases: Mapping[str, str]
    exhibits: Mapping[str, ExhibitView]

    @classmethod
    def of(cls, report: Report) -> Vocabulary:
        """Return the vocabulary of a report."""
        return cls(report.figures, report.phrases, report.exhibits)

    def find(self, name: str, part: str | None, where: str) -> Token:
        """Return what a token stands for.

        Raises
        ------
        ProseError
            For an unknown name or part; the message names the token, the place and the nearest known name.
        """
        if name.startswith("ref:"):
            target = name.removeprefix("ref:")
            if target not in self.exhibits:
                raise ProseError(
                    f"{where}: {{{{ {name} }}}} names no exhibit{nearest(target, self.exhibits)}"
                )
            return Token("ref", target, "full", exhibit=self.exhibits[target])
        wanted = part or "full"
        if name in self.phrases:
            return Token("phrase", name, "full", phrase=self.phrases[name])
        if name not in self.figures:
            known = [*self.figures, *self.phrases]
            raise ProseError(f"{where}: {{{{ {name} }}}} names no figure or phrase{nearest(name, known)}")
        if wanted not in PARTS:
            raise ProseError(
                f"{where}: {{{{ {name} | {wanted} }}}}: part is not one of {', '.join(PARTS)}{nearest(wanted, PARTS)}"
            )
        return Token("figure", name, wanted, figure=self.figures[name])

    def _is_meant(self, name: str) -> bool:
        return is_meant(name, self.figures, self.phrases)


def substitute(text: str, words: Vocabulary, write: Writer, where: str, *, data: bool = False) -> str:
    """Return `text` with every token replaced by what `write` makes of it.

    Tokens inside code spans and code blocks stay. With `data` the text is no markdown: code spans mean nothing, and
    a token that resembles no name of the report is kept as the text that it is.
    """

    def replace(match: re.Match[str]) -> str:
        space, name, part = match.groups()
        if data and not words._is_meant(name):
            return match.group(0)
        token = words.find(name, part, where)
        return space + write(token) if token.text else ""

    if data:
        return _TOKEN.sub(replace, text)
    pieces, end = [], 0
    for code in _CODE.finditer(text):
        pieces += [_TOKEN.sub(replace, text[end : code.start()]), code.group(0)]
        end = code.end()
    pieces.append(_TOKEN.sub(replace, text[end:]))
    return "".join(pieces)


def kept_together(text: str) -> str:
    """Return text of data in which no line ends between a number and its unit, or a day and its month."""
    return _UNIT_GAP.sub("\u00a0", text)


def raw_inline(text: str, target: str) -> str:
    """Return a pandoc raw inline that passes `text` unread to `target` (``html`` or ``typst``)."""
    flat = " ".join(text.split("\n"))
    fence = "`" * (max((len(run) for run in re.findall(r"`+", flat)), default=0) + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{pad}{flat}{pad}{fence}{{={target}}}"


def _pandoc(text: str, target: str, arguments: Sequence[str]) -> str:
    import pypandoc

    return str(pypandoc.convert_text(text, target, format=MARKDOWN, extra_args=list(arguments)))


def convert(
    texts: Sequence[str], target: str, arguments: Sequence[str], comment: Callable[[str], str]
) -> list[str]:
    """Return each markdown text converted by pandoc, all in one call.

    `comment` wraps a mark so that the target ignores it. If a text swallows the mark after it (an unclosed code
    fence does), the texts are halved until it stands alone, so that a slip in one block cannot hurt the next.
    """
    if not texts:
        return []
    mark = "deepseek-era-block"
    raws = [f"```{{={target}}}\n{comment(f'{mark}-{i}')}\n```" for i in range(1, len(texts))]
    joined = "\n\n".join(part for pair in zip(texts, [*raws, ""], strict=True) for part in pair)
    output = _pandoc(joined, target, arguments)
    marks = "|".join(re.escape(comment(f"{mark}-{i}")) for i in range(1, len(texts))) or "(?!)"
    pieces = re.split(rf"^(?:{marks})\n?", output, flags=re.MULTILINE)
    if len(texts) > 1 and (len(pieces) != len(texts) or f"{{={target}}}" in output):
        half = len(texts) // 2
        return [
            piece
            for part in (texts[:half], texts[half:])
            for piece in convert(part, target, arguments, comment)
        ]
    return [piece.strip("\n") for piece in pieces]


def to_html(texts: Sequence[str]) -> list[str]:
    """Return each markdown text as HTML; maths becomes MathML, a heading goes down one level."""
    arguments = ["--mathml", "--wrap=none", "--shift-heading-level-by=1"]
    return convert(texts, "html", arguments, lambda mark: f"<!--{mark}-->")


def escape(text: object) -> str:
    """Return `text` safe in HTML content and double-quoted attributes."""
    return html.escape(str(text), quote=True)
