"""What every HTML file of the project shares: its look, its templates, and the policy that lets nothing in or out."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import re
import zlib
from collections.abc import Iterable
from typing import Any

import jinja2

from deepseek_era.charts import theme
from deepseek_era.pages import fonts
from deepseek_era.tables import ROOT

TEMPLATES = ROOT / "report" / "template"
_FACES = (
    "--serif:'Report Serif','Source Serif 4','Source Serif Pro',Georgia,serif;"
    "--sans:'Report Sans','Source Sans 3','Source Sans Pro',system-ui,sans-serif"
)


def colour_css() -> str:
    """Return the colour tokens as CSS variables, light and dark, and the rules that recolour charts in the dark."""
    tokens: dict[str, dict[str, str]] = theme.theme_file()["tokens"]
    light, dark = tokens["light"], tokens["dark"]
    variables = {mode: ";".join(f"--{k}:{v}" for k, v in tokens[mode].items()) for mode in ("light", "dark")}

    def recolour(root: str) -> str:
        rules = [
            f'{root} .chart [{side}="{light[name]}" i]{{{side}:{dark[name]}}}'
            for name in light
            for side in ("fill", "stroke")
        ]
        # a pale area on black needs more paint to be seen
        return "".join(rules) + f'{root} .chart [fill-opacity="0.3"]{{fill-opacity:.6}}'

    def darkened(root: str) -> str:
        return f"{root}{{{variables['dark']};color-scheme:dark}}{recolour(root)}"

    return (
        f":root{{{_FACES};{variables['light']}}}"
        f":root[data-theme=light]{{color-scheme:light}}"
        f"@media screen{{{darkened(':root[data-theme=dark]')}}}"
        f"@media screen and (prefers-color-scheme:dark){{{darkened(':root:not([data-theme])')}}}"
    )


@functools.cache
def css(*files: str) -> str:
    """Return the style of a page: faces, colours, and these files of the templates."""
    return "\n".join(
        [fonts.font_css(), colour_css(), *((TEMPLATES / f).read_text(encoding="utf-8") for f in files)]
    )


def joined(source: str) -> str:
    """Return a template whose indented lines go on the line before: with a space, but with none beside a tag."""

    def join(match: re.Match[str]) -> str:
        end, start = match.groups()
        return end if end in ">}" or start in "<{" else f"{end} "

    return re.sub(r"(\S)\n[ \t]+(?=(\S))", join, source)


@functools.cache
def template(name: str, *, tight: bool = False) -> jinja2.Template:
    """Return a template in which text from data is escaped and a slip in a name is an error.

    With `tight`, a line that holds a tag alone leaves nothing behind, and lines are `joined`.
    """

    def read(name: str) -> str:
        source = (TEMPLATES / name).read_text(encoding="utf-8")
        return joined(source) if tight else source

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(read),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=tight,
        lstrip_blocks=tight,
        keep_trailing_newline=tight,
    )
    return environment.get_template(name)


def _digest(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def policy(style: str, scripts: Iterable[str] = (), images: str = "") -> str:
    """Return the content security policy of a page: this style, these scripts, pictures from there; nothing else."""
    run = "".join(f" {_digest(script)}" for script in scripts)
    return (
        f"default-src 'none';{f' script-src{run};' if run else ''} style-src {_digest(style)}; font-src data:;"
        f"{f' img-src {images};' if images else ''} base-uri 'none'; form-action 'none'"
    )


def as_json(value: Any) -> str:
    """Return JSON that may stand inside a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def packed(text: str) -> str:
    """Return a text deflated, in letters that may stand inside a script element; the page inflates it when wanted."""
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def unpacked(letters: str) -> str:
    """Return the text that was `packed`."""
    return zlib.decompress(base64.b64decode(letters)).decode()
