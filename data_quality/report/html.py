"""The report as one web page that needs nothing from outside: no script, no font, no picture but its own.

It works under `Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; img-src data:` and says so itself, so that
a saved copy is as safe as one that we serve.
"""

from __future__ import annotations

import functools
import pathlib

import jinja2
import markupsafe

from data_quality.report import content, page

_TEMPLATES = pathlib.Path(__file__).parent / "templates"


def render(report: content.Report) -> bytes:
    """UTF-8. Texts from outside are escaped and stand apart from the direction of ours."""
    composed = page.compose(report)
    svg = next((section.trend.svg for section in composed.sections if section.trend), "")
    parts = {name: getattr(composed, name) for name in composed.__struct_fields__}
    return _template().render(**parts, svg=_ours(svg), style=_style()).encode()


@functools.cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(_TEMPLATES)
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined).get_template("report.html")


@functools.cache
def _style() -> markupsafe.Markup:
    return _ours((_TEMPLATES / "report.css").read_text(encoding="utf-8"))


def _ours(text: str) -> markupsafe.Markup:
    """Markup that we wrote, and nobody else had a word in."""
    return markupsafe.Markup(text)  # noqa: S704 - the style sheet and the picture, which holds figures and our own words only
