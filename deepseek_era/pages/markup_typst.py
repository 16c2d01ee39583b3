"""Prose for the paper: the same markdown and the same tokens as on the page, turned into typst.

A token becomes a call of a function that the template defines, with ids for arguments, so what a figure or a
figure says is looked up as data and never read as markup.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence

from deepseek_era.book.references import Refs
from deepseek_era.pages.markup import convert, filtered

# A formula carries an alt text (PDF/UA asks for one): what pandoc's plain writer makes of it.
_FILTER = r"""
local function text(s)
  return '"' .. s:gsub('\\', '\\\\'):gsub('"', '\\"'):gsub('%s+', ' ') .. '"'
end
local others = {}
function others.Math(el)
  local one = pandoc.Pandoc({pandoc.Plain({el})})
  local source = pandoc.write(one, 'typst'):gsub('%s+$', '')
  local words = pandoc.write(one, 'plain'):gsub('%s+$', '')
  words = words:gsub('\226\128\132', ' ')
  if words:sub(1, 1) == '$' then
    words = el.text
  end
  local block = el.mathtype == 'DisplayMath' and 'true' or 'false'
  if source:sub(1, 1) ~= '$' then
    source = '[' .. source .. ']'
  end
  return pandoc.RawInline('typst', '#formula(' .. text(words) .. ', ' .. block .. ', ' .. source .. ');')
end
local function typst(code) return pandoc.RawInline('typst', code) end
local function link(el, anchor)
  if not anchor then return el end
  return {typst('#goto(' .. text(anchor) .. ', ['), pandoc.Span(el.content), typst(']);')}
end
local function picture(el, name)
  return typst('#picture(' .. text(name or '') .. ', ' .. text(pandoc.utils.stringify(el.caption)) .. ');')
end
function others.Note(el)
  local body = pandoc.write(pandoc.Pandoc(el.content), 'typst'):gsub('%s+$', '')
  return typst('#remark[' .. body .. ']')
end
"""


def quoted(text: str) -> str:
    """Return `text` as a typst string literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n") + '"'


def call(name: str, *arguments: str | Sequence[int]) -> str:
    """Return a typst call that ends itself, whatever text follows it."""
    written = [
        quoted(a) if isinstance(a, str) else "(" + "".join(f"{n}," for n in a) + ")" for a in arguments
    ]
    return f"#{name}({', '.join(written)});"


def to_typst(texts: Sequence[str], refs: Sequence[Refs] = ()) -> list[str]:
    """Return each markdown text as typst markup.

    Formulas call ``formula(alt, block, body)``, pictures ``picture(name, alt)``.
    """
    with contextlib.ExitStack() as held:

        def arguments(cells: Sequence[Refs]) -> list[str]:
            return ["--wrap=none", "--quiet", f"--lua-filter={held.enter_context(filtered(_FILTER, cells))}"]

        return convert(texts, "typst", arguments, lambda mark: f"/* {mark} */", refs)


def as_json(value: object) -> str:
    """Return the JSON that the template reads: keys in order, nothing escaped that need not be."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
