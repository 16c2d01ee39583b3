"""Prose: markdown turned into HTML by pandoc.

Tokens (see `deepseek_era.prose`) are replaced before pandoc sees the text, by raw inlines of the target, so what a
figure says is never read as markup. All prose of a report goes through pandoc in one call.
"""

from __future__ import annotations

import contextlib
import html
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from deepseek_era.book.references import Refs

# raw HTML and TeX in a notebook's prose is text, not markup; headings get no ids, the page mints its own
MARKDOWN = (
    "markdown-raw_html-raw_tex-native_divs-native_spans-auto_identifiers-implicit_figures"
    "-markdown_in_html_blocks-citations-yaml_metadata_block-pandoc_title_block+raw_attribute"
    # a heading needs no blank line before it, as in JupyterLab; examples are not counted through the whole report
    "-blank_before_header-implicit_header_references-example_lists"
)
_UNIT_GAP = re.compile(
    r"(?<=\d) (?=(?:[kMGT]B(?:/s)?|[kMGT]Wh?|[TG]?FLOP|pp|million|billion|trillion"
    r"|years?|months?|weeks?|days?|hours?|points?"
    r"|January|February|March|April|May|June|July|August|September|October|November|December)\b)"
)
# what a text defines for itself alone: names of links, notes, macros of formulas
_DEFINES = re.compile(
    r"^ {0,3}\[[^\]\n]+\]:|\\(?:re)?newcommand|\\providecommand|\\def\b|\\DeclareMath", re.MULTILINE
)
_TAG = re.compile(r"<[^<>]+>")
_NOTE_ID = re.compile(r'(\s(?:id|href)=")(#?)((?:fn|fnref)\d+|footnotes)"')
MARK = "deepseek-era-block"


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


def document_of(text: str) -> str:
    """Return the parts of a markdown text as pandoc sees them, in JSON."""
    return _pandoc(text, "json", [])


Comment = Callable[[str], str]


def convert(
    texts: Sequence[str],
    target: str,
    arguments: Callable[[Sequence[Refs]], Sequence[str]],
    comment: Comment,
    refs: Sequence[Refs] = (),
) -> list[str]:
    """Return each markdown text converted by pandoc; all in one call but those that define names.

    A name of a link or a note holds within its cell, as in JupyterLab: the texts of a cell that defines one are
    converted by themselves. `comment` wraps a mark so that the target ignores it; `arguments` says how pandoc is
    called for texts that refer to these things.
    """
    refs = list(refs) or [Refs()] * len(texts)
    groups: dict[str, list[int]] = {}
    for i, cell in enumerate(refs):
        groups.setdefault(cell.cell or f"\0{i}", []).append(i)
    alone = [group for group in groups.values() if any(_DEFINES.search(texts[i]) for i in group)]
    apart = {i for group in alone for i in group}
    done: dict[int, str] = {}
    for group in [[i for i in range(len(texts)) if i not in apart], *alone]:
        made = _together([texts[i] for i in group], target, arguments, comment, [refs[i] for i in group])
        prefix = refs[group[0]].cell or f"note-{group[0]}" if group else ""
        for i, piece in zip(group, made, strict=True):
            done[i] = piece
            if i in apart and target == "html":
                put = rf'\1\2{prefix}-\3"'
                done[i] = _TAG.sub(lambda tag, put=put: _NOTE_ID.sub(put, tag[0]), piece)  # type: ignore[misc]
    return [done[i] for i in range(len(texts))]


def _together(
    texts: Sequence[str],
    target: str,
    arguments: Callable[[Sequence[Refs]], Sequence[str]],
    comment: Comment,
    refs: Sequence[Refs],
) -> list[str]:
    """Return each text converted, in one call of pandoc.

    If a text swallows the mark after it (an unclosed code fence does), the texts are halved until it stands alone, so
    that a slip in one block cannot hurt the next.
    """
    if not texts:
        return []
    mark = MARK
    raws = [f"```{{={target}}}\n{comment(f'{mark}-{i}')}\n```" for i in range(1, len(texts))]
    joined = "\n\n".join(part for pair in zip(texts, [*raws, ""], strict=True) for part in pair)
    output = _pandoc(joined, target, arguments(refs))
    marks = "|".join(re.escape(comment(f"{mark}-{i}")) for i in range(1, len(texts))) or "(?!)"
    pieces = re.split(rf"^(?:{marks})\n?", output, flags=re.MULTILINE)
    if len(texts) > 1 and (len(pieces) != len(texts) or f"{{={target}}}" in output):
        half = len(texts) // 2
        return [
            piece
            for part, cells in ((texts[:half], refs[:half]), (texts[half:], refs[half:]))
            for piece in _together(part, target, arguments, comment, cells)
        ]
    return [piece.strip("\n") for piece in pieces]


# Each block is looked at with the links and pictures of the cell that it stands in; `cells` is filled in below.
_WALK = r"""
local cells = {%s}
local function own(el)
  if el.identifier ~= nil and not el.identifier:match('^section%%-.+%%-%%-') then el.identifier = '' end
  return el
end
local function walk(doc)
  local n, out = 0, {}
  for _, block in ipairs(doc.blocks) do
    if block.t == 'RawBlock' then
      local k = block.text:match('deepseek%%-era%%-block%%-(%%d+)')
      if k then n = tonumber(k) end
    end
    local cell = cells[n] or {links = {}, pictures = {}}
    out[#out + 1] = block:walk({
      Header = own, Div = own, Span = own, Code = own, CodeBlock = own, Table = own,
      Link = function(el)
        el = own(el)
        el.attributes = {}
        return link(el, cell.links[el.target])
      end,
      Image = function(el) return picture(el, cell.pictures[el.src]) end,
    })
    if out[#out].t == 'Header' or out[#out].t == 'Div' or out[#out].t == 'CodeBlock' then own(out[#out]) end
  end
  doc.blocks = pandoc.Blocks(out)
  return doc
end
return {{Pandoc = walk}, others}
"""
_TO_HTML = ("--mathml", "--wrap=none", "--shift-heading-level-by=1", "--syntax-highlighting=none")
_HTML_PARTS = r"""
local others = {}
local function link(el, anchor)
  if anchor then el.target = anchor:find('#', 1, true) and anchor or '#' .. anchor end
  return el
end
local function picture(el, name)
  return pandoc.Image(el.caption, name or '')
end
"""


def lua_text(text: str) -> str:
    """Return a text as a literal of Lua."""
    return (
        '"'
        + "".join(
            c if c.isalnum() and c.isascii() else "".join(f"\\{b:03d}" for b in c.encode()) for c in text
        )
        + '"'
    )


@contextlib.contextmanager
def filtered(parts: str, refs: Sequence[Refs]) -> Iterator[str]:
    """Give the path of a pandoc filter that puts each cell's links and pictures in their places."""

    def table(pairs: Mapping[str, str]) -> str:
        return "{" + ",".join(f"[{lua_text(k)}]={lua_text(v)}" for k, v in sorted(pairs.items())) + "}"

    cells = ",".join(
        f"[{n}]={{links={table(cell.links)},pictures={table({k: p.name for k, p in cell.pictures.items()})}}}"
        for n, cell in enumerate(refs)
        if cell.links or cell.pictures
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cells.lua"
        path.write_text(parts + _WALK % cells, encoding="utf-8")
        yield str(path)


def to_html(texts: Sequence[str], refs: Sequence[Refs] = ()) -> list[str]:
    """Return each markdown text as HTML: maths is MathML, a heading goes down one level, pictures are embedded."""
    with contextlib.ExitStack() as held:

        def arguments(cells: Sequence[Refs]) -> list[str]:
            path = held.enter_context(filtered(_HTML_PARTS, cells))
            return [*_TO_HTML, f"--lua-filter={path}"]

        made = convert(texts, "html", arguments, lambda mark: f"<!--{mark}-->", refs)
    pictures = {p.name: p for cell in refs for p in cell.pictures.values()}
    if not pictures:
        return made
    source = re.compile(f'(<img src=")({"|".join(map(re.escape, pictures))})"')
    return [source.sub(lambda m: f'{m[1]}{pictures[m[2]].address}"', piece) for piece in made]


def escape(text: object) -> str:
    """Return `text` safe in HTML content and double-quoted attributes."""
    return html.escape(str(text), quote=True)
