"""What prose refers to: pictures, which are embedded, and links, which must lead somewhere on page and paper alike.

Looked at before any notebook runs, with pandoc's own eyes; what cannot be set is one line with notebook and cell.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from deepseek_era.errors import UserError, nearest, plain, shown
from deepseek_era.prose import code_spans, outside_code

_SUSPECT = re.compile(r"\]\s*[\[(:]|!\[|<[a-z][a-z0-9+.-]*:|\]\[|<img\b", re.IGNORECASE)
_ATX = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)
_SETEXT = re.compile(r"(?:^|(?<=\n\n))(?![ \t]*[-*+>#|])([^\n]*\S)[ \t]*\n(=+|-+)[ \t]*(?=\n|$)")
_ATTRIBUTES = re.compile(r"[ \t]*\{[^{}]*\}$")
_OWN_ID = re.compile(r"\{#([^\s}]+)[^{}]*\}$")
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_SCHEMES = ("http", "https", "mailto")
_LATER = ("exhibit-", "card-", "claim-", "source-", "src-", "n-", "p-", "section-")
"""How ids of the finished page begin, beside those of headings."""
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
)
KINDS = ("png", "jpeg", "gif", "webp", "svg")


@dataclass(frozen=True)
class Picture:
    """A picture to embed: its bytes and what kind they are."""

    kind: str
    data: bytes

    @property
    def name(self) -> str:
        """A name that stands for these bytes alone."""
        return f"picture-{hashlib.sha256(self.data).hexdigest()[:24]}.{self.kind.replace('jpeg', 'jpg')}"

    @property
    def address(self) -> str:
        """The picture as a data address, for the page."""
        media = "svg+xml" if self.kind == "svg" else self.kind
        return f"data:image/{media};base64,{base64.b64encode(self.data).decode()}"


@dataclass(frozen=True)
class Refs:
    """What the prose of one cell refers to, by the address that its author wrote."""

    cell: str = ""
    """Notebook and cell: what a name is defined for, and where it is not known any more."""
    links: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)


NOTHING = Refs()


@dataclass(frozen=True)
class Prose:
    """The markdown of one cell with what came with it."""

    notebook: str
    cell: str
    text: str
    attachments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where it stands, for a message."""
        return f"notebooks/{plain(self.notebook)}.ipynb, cell {plain(self.cell)}"


def tidied(text: str) -> str:
    """Return markdown as both sides read it: no HTML comments, headings underlined with = or - as those with #."""

    def change(part: str) -> str:
        part = _COMMENT.sub("", part)
        return _SETEXT.sub(lambda m: f"{'#' if m[2][0] == '=' else '##'} {m[1].strip()}", part)

    return outside_code(text, change)


def _in_prose(text: str, at: int) -> bool:
    return not any(start <= at < stop for start, stop in code_spans(text))


def headings(text: str) -> list[re.Match[str]]:
    """Return the headings of markdown, code aside: group 1 is the signs, group 2 the words."""
    spans = code_spans(text)
    return [m for m in _ATX.finditer(text) if not any(start <= m.start() < stop for start, stop in spans)]


def _keys(words: str) -> list[str]:
    """Return the ids by which links name a heading: as JupyterLab writes them, as GitHub does, as given in braces."""
    own = _OWN_ID.search(words)
    bare = re.sub(r"\{\{.*?\}\}", "", _ATTRIBUTES.sub("", words))
    bare = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", bare)
    bare = re.sub(r"[*`]|(?<!\w)_|_(?!\w)", "", bare).strip()
    lab = re.sub(r"\s", "-", bare)
    hub = re.sub(r"[^\w\- ]", "", bare.lower()).replace(" ", "-")
    return [*([own[1]] if own else []), lab, hub, lab.lower(), re.sub(r"-+", "-", hub).strip("-")]


def stem_of(slug: str, words: str) -> str:
    """Return the anchor of a heading of a part of the report, for the first of these words."""
    return f"section-{slug}--{re.sub(r'[^A-Za-z0-9_-]+', '', _keys(words)[-1]) or 'heading'}"


def anchors(slug: str, cells: Sequence[Prose]) -> dict[str, str]:
    """Return the anchors of a notebook's headings by every id that a link may give; the first heading is the title."""
    found: dict[str, str] = {}
    seen: dict[str, int] = {}
    title = True
    for cell in cells:
        for match in headings(tidied(cell.text)):
            number = 0
            if title and match[1] == "#":
                anchor, title = f"section-{slug}", False
            else:
                stem = stem_of(slug, match[2])
                number = seen.get(stem, 0)
                seen[stem] = number + 1
                anchor = f"{stem}-{number}" if number else stem
            for key in _keys(match[2]):
                found.setdefault(f"{key}-{number}" if number else key, anchor)
    return found


def marked(text: str, slug: str, wanted: Collection[str], seen: dict[str, int]) -> str:
    """Return markdown whose headings carry their anchors where a link wants them, and no id of their author's own.

    `seen` counts the headings of the notebook met so far, as `anchors` does.
    """
    pieces, end = [], 0
    for match in headings(text):
        stem = stem_of(slug, match[2])
        number = seen.get(stem, 0)
        seen[stem] = number + 1
        anchor = f"{stem}-{number}" if number else stem
        mark = f" {{#{anchor}}}" if anchor in wanted else ""
        pieces += [text[end : match.start()], f"{match[1]} {_OWN_ID.sub('', match[2]).rstrip()}{mark}"]
        end = match.end()
    return "".join([*pieces, text[end:]])


def kind_of(data: bytes) -> str:
    """Return what kind of picture bytes are, or nothing."""
    for start, kind in _MAGIC:
        if data.startswith(start):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    head = data[:2000].lstrip(b"\xef\xbb\xbf \t\r\n")
    return (
        "svg" if head.startswith((b"<svg", b"<?xml", b"<!--", b"<!DOCTYPE svg")) and b"<svg" in data else ""
    )


def _bytes_of(target: str, prose: Prose, folder: Path, files: dict[str, str]) -> bytes | str:
    """Return the bytes that a picture's address names, or what is wrong with it."""
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]+):", target)
    if scheme is None:
        path = folder / unquote(target.partition("#")[0].partition("?")[0])
        try:
            data = path.read_bytes()
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "not readable"
            return f"picture {shown(target)}: {why}, allowed: a file beside the notebook"
        files[str(path.resolve())] = hashlib.sha256(data).hexdigest()
        return data
    content: Any = None
    if scheme[1] == "attachment":
        bundle = prose.attachments.get(unquote(target[len("attachment:") :]))
        if not isinstance(bundle, Mapping) or not bundle:
            return f"picture {shown(target)}: the cell has no such attachment{nearest(target[11:], prose.attachments)}"
        content = next(iter(bundle.values()))
        if isinstance(content, list):
            content = "".join(map(str, content))
        if str(next(iter(bundle))).endswith("svg+xml") and "<svg" in str(content):
            return str(content).encode()
    elif scheme[1] == "data":
        head, _, content = target.partition(",")
        if not head.endswith(";base64"):
            return unquote(content).encode()
    else:
        return (
            f"picture {shown(target)} is remote, allowed: a file beside the notebook, or pasted into the cell"
        )
    try:
        return base64.b64decode(str(content))
    except (binascii.Error, ValueError):
        return f"picture {shown(target)}: not readable, allowed: {', '.join(KINDS)}"


def _walk(node: Any) -> list[dict[str, Any]]:
    found = []
    if isinstance(node, dict):
        if node.get("t") in ("Link", "Image"):
            found.append(node)
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            found += _walk(item)
    return found


def _words(node: Any) -> str:
    if isinstance(node, dict):
        if node.get("t") == "Str":
            return str(node["c"])
        return " " if node.get("t") in ("Space", "SoftBreak") else _words(node.get("c"))
    return "".join(map(_words, node)) if isinstance(node, list) else node if isinstance(node, str) else ""


def _link(target: str, known: Mapping[str, str], parts: Mapping[str, Mapping[str, str]]) -> str | None:
    """Return the anchor of a link inside the report, '' for one that leads out of it; None where there is none."""
    if not target.startswith("#"):
        file, _, rest = target.partition("#")
        inside = parts.get(unquote(file).removeprefix("./"))
        if inside is None:
            return ""
        return inside.get(unquote(rest)) if rest else inside[""]
    name = unquote(target[1:])
    return known.get(name) or (name if name.startswith(_LATER) and "--" not in name else None)


def find(
    cells: Sequence[Prose], slugs: Mapping[str, str], folder: Path
) -> tuple[dict[tuple[str, str], Refs], dict[str, str]]:
    """Return what each cell refers to, and the files read for it with their digests.

    Raises
    ------
    UserError
        With a line for each link or picture that cannot be set: notebook, cell, what was seen, what is allowed.
    """
    from deepseek_era.pages.markup import document_of

    by_notebook: dict[str, list[Prose]] = {}
    for cell in cells:
        by_notebook.setdefault(cell.notebook, []).append(cell)
    known = {name: anchors(slugs[name], group) for name, group in by_notebook.items()}
    parts = {f"{name}.ipynb": {**known[name], "": f"section-{slugs[name]}"} for name in by_notebook}
    files: dict[str, str] = {}
    found: dict[tuple[str, str], Refs] = {}
    lines: list[str] = []
    for cell in cells:
        links: dict[str, str] = {}
        pictures: dict[str, Picture] = {}
        text = tidied(cell.text)
        nodes = _walk(json.loads(document_of(text))["blocks"]) if _SUSPECT.search(text) else []
        for node in nodes:
            target = str(node["c"][2][0])
            words = _words(node["c"][1]).strip()
            if node["t"] == "Image":
                content = _bytes_of(target, cell, folder, files)
                kind = kind_of(content) if isinstance(content, bytes) else ""
                if isinstance(content, str):
                    lines.append(f"{cell.place}: {content}")
                elif not kind:
                    lines.append(
                        f"{cell.place}: picture {shown(target)}: no picture of a known kind, "
                        f"allowed: {', '.join(KINDS)}"
                    )
                elif not words:
                    lines.append(
                        f"{cell.place}: picture {shown(target)} has no alternative text, allowed: "
                        f"![what it shows]({shown(target)[1:-1]})"
                    )
                elif isinstance(content, bytes):
                    pictures[target] = Picture(kind, content)
                continue
            anchor = _link(target, known[cell.notebook], parts) if target else None
            scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", target)
            if not target.strip("<> "):
                lines.append(f"{cell.place}: link {shown(words)} has no address, allowed: [words](address)")
            elif scheme and scheme[1].lower() not in _SCHEMES:
                lines.append(
                    f"{cell.place}: link to {shown(target)}, allowed: {', '.join(_SCHEMES)} or a heading"
                )
            elif anchor is None:
                near = nearest(unquote(target.partition("#")[2]), known[cell.notebook])
                lines.append(f"{cell.place}: link to {shown(target)}: no such heading{near}")
            elif anchor:
                links[target] = anchor
        if any(_in_prose(text, match.start()) for match in re.finditer(r"<img\b", text, re.IGNORECASE)):
            lines.append(f"{cell.place}: a picture as HTML (<img>), allowed: ![what it shows](file)")
        found[cell.notebook, cell.cell] = Refs(f"{slugs[cell.notebook]}-{cell.cell}", links, pictures)
    if lines:
        raise UserError("\n".join(lines))
    return found, files
