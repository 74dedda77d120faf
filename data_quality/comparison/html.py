"""The report as one web page that needs nothing from outside; it looks like the client's other reports (report.css)."""

from __future__ import annotations

import functools
import pathlib

import jinja2
import markupsafe

from data_quality.comparison import content
from data_quality.comparison import texts_nb as texts
from data_quality.report import cleaning

_TEMPLATES = pathlib.Path(__file__).parent / "templates"
_LOOKS = pathlib.Path(__file__).parent.parent / "report" / "templates" / "report.css"


def render(report: content.Report) -> bytes:
    """UTF-8. Texts from outside are escaped."""
    plan = report.plan
    near, links = content.find_near(plan), content.find(plan, "link")
    decide = content.find(plan, "decide")
    sections = [(action, list(content.to_groups(content.find(plan, action)))) for action in ("to_fortnox", "to_severa", "leave")]
    return (
        _template()
        .render(
            t=texts,
            style=_style(),
            title=texts.TITLES[report.title],
            client=report.client,
            when=f"{report.made_at:%d.%m.%Y %H:%M}",
            headline=texts.headline(plan),
            deadline=content.deadline(plan),
            is_calm=plan.is_decided,
            heads=list(texts.ACTIONS.values()),
            overview=content.overview(plan),
            cases=[content.to_case(row) for row in decide[: content.MOST]],
            remedies=content.to_remedies(decide),
            more_cases=content.more(len(decide)),
            near=[content.to_case(row) for row in near[: content.MOST]],
            more_near=content.more(len(near)),
            sections=sections,
            links=[content.to_link(row) for row in links[: content.MOST]],
            more_links=content.more(len(links)),
        )
        .encode()
    )


@functools.cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(_TEMPLATES)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters["line"] = cleaning.line  # pyright: ignore[reportUnknownMemberType]
    return environment.get_template("comparison.html")


@functools.cache
def _style() -> markupsafe.Markup:
    ours = "\n".join(path.read_text(encoding="utf-8") for path in (_LOOKS, _TEMPLATES / "comparison.css"))
    return markupsafe.Markup(ours)  # noqa: S704 - our own style sheets
