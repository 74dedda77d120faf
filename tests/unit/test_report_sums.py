"""For any report, page, PDF and spreadsheet state the count and the sums that the content has, read back from their own bytes."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from html import parser

import openpyxl
import pypdf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_quality.report import content, html, pdf, xlsx
from tests.unit import report_samples as samples

_TEXT = st.one_of(st.sampled_from(samples.HOSTILE), st.text(st.characters(exclude_categories=()), max_size=30))
_AMOUNT = st.builds(
    content.Amount,
    minor=st.one_of(st.integers(-(10**9), 10**9), st.integers(-(10**20), 10**20)),
    currency=st.sampled_from(["NOK", "EUR", "SEK"]),
)
_PROBLEM = st.builds(content.Problem, code=_TEXT, field=_TEXT, what=_TEXT, remedy=_TEXT, value=_TEXT, suggestion=_TEXT)
_ITEM = st.builds(
    content.Item,
    kind=st.sampled_from(["invoice", "credit_note"]),
    number=_TEXT,
    buyer=_TEXT,
    customer_number=_TEXT,
    amount=st.none() | _AMOUNT,
    problems=st.lists(_PROBLEM, max_size=2).map(tuple),
    holds=st.sampled_from([(), ("book",), ("distribute",), ("book", "distribute")]),
    since=st.none() | st.dates(),
)
_REPORT = st.builds(
    samples.report,
    client=_TEXT,
    fetched=st.integers(0, 10**12),
    sent=st.integers(0, 10**12),
    held=st.lists(_ITEM, max_size=6).map(tuple),
    language=st.sampled_from(["nb", "en"]),
)
_LINE = re.compile(
    r"08:00: ([\d ,]+) (?:hentet|fetched), ([\d ,]+) (?:sendt|sent), "
    r"(?:([\d ,]+) (?:venter på deg|waiting for you)(?: \((.*?)\))?|\w+ )"
)


class Heading(parser.HTMLParser):
    """What stands in the first heading."""

    text, inside = "", False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.inside = self.inside or (tag == "h1" and not self.text)

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "h1"

    def handle_data(self, data: str) -> None:
        self.text += data if self.inside else ""


def integer(text: str) -> int:
    return int(re.sub(r"[ ,\u200b]", "", text))


def minor(text: str, language: str) -> int:
    plain = text.replace("\u2212", "-").replace(" ", "") if language == "nb" else text.replace("\u2212", "-").replace(",", "")
    return int(Decimal(plain.replace(",", ".")) * 100)


def stated(line: str, language: str) -> tuple[int, int, int, dict[str, int]]:
    """Fetched, sent, held and the sums of a first line."""
    found = _LINE.search(re.sub(r"\s+", " ", line.replace("\u200b", "")))
    assert found, line
    money = re.findall(r"(kr|[A-Z]{3}) ?(\u2212?\d[\d ,.]*\d|\u2212?\d)", found[4] or "")
    sums = {"NOK" if name == "kr" else name: minor(figures.rstrip(","), language) for name, figures in money}
    return integer(found[1]), integer(found[2]), integer(found[3] or "0"), sums


def counted(report: content.Report) -> tuple[int, int, int, dict[str, int]]:
    sums: dict[str, int] = {}
    for item in report.held:
        if item.amount:
            sums[item.amount.currency] = sums.get(item.amount.currency, 0) + item.amount.minor
    return report.fetched, report.sent, len(report.held), sums


def of_page(report: content.Report) -> str:
    reader = Heading()
    reader.feed(html.render(report).decode())
    return reader.text


def of_pdf(report: content.Report) -> str:
    return pypdf.PdfReader(io.BytesIO(pdf.render(report))).pages[0].extract_text()


def in_rows(report: content.Report) -> tuple[int, dict[str, int]]:
    """Rows and sums of the sheet of held documents."""
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx.render(report))).worksheets[1]
    rows = list(sheet.iter_rows(min_row=2, min_col=5, max_col=6, values_only=True))
    sums: dict[str, int] = {}
    for amount, currency in rows:
        if currency is not None:
            sums[str(currency)] = sums.get(str(currency), 0) + int((Decimal(str(amount)) * 100).to_integral_value())
    return len(rows), sums


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_REPORT)
def test_all_three_forms_agree_with_the_content(report: content.Report) -> None:
    expected = counted(report)
    assert stated(of_page(report), report.language) == expected
    assert stated(of_pdf(report), report.language) == expected
    assert in_rows(report) == expected[2:]
