"""Names, records and pages of Peppol: the published vectors, any identifier, and whatever hostile servers may say."""

from __future__ import annotations

import datetime as dt
import types
from urllib import parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakturabro.systems.peppol import names, wire

NOW = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)
SPACES = 'xmlns="http://busdox.org/serviceMetadata/publishing/1.0/" xmlns:ids="http://busdox.org/transport/identifiers/1.0/"'
WHO = '<ids:ParticipantIdentifier scheme="iso6523-actorid-upis">0192:991825827</ids:ParticipantIdentifier>'


@pytest.mark.parametrize(
    ("participant", "label"),
    [
        ("9915:test", "eh5boavaktmbgzyh2a63dz4qov33fvp5nsdvqklucfraayoodw6a"),
        ("0088:123ABC", "y7dzfxaf3d4cjz4kcgrxtec6twvcga4ky7zwa5boif6mswd4tdrq"),
        ("0088:1234567890123", "sjsyvccmqyjxk3weuapffq4x3umcrf4qryherj4vovhmonh7gccq"),
        ("0192:991825827", "7i2243uolq5qzb6jxfvi6yei4iq7sfipkv55htzfnr6s54y6yufa"),
    ],
)
def test_the_published_vectors(participant: str, label: str) -> None:
    assert names.to_label(participant) == label
    assert names.to_domain(participant, "test") == f"{label}.iso6523-actorid-upis.participant.sml.test.tech.peppol.org."


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.sampled_from(sorted(names.DOCUMENT_TYPES)))
def test_any_identifier_has_a_name_that_dns_can_carry_and_a_page_of_its_own(value: str, kind: str) -> None:
    participant = f"0088:{value}".lower()
    label = names.to_label(participant)
    assert len(label) == 52
    assert set(label) <= set("abcdefghijklmnopqrstuvwxyz234567")
    group, service = names.to_path(participant, kind)[1:].split("/services/")
    assert parse.unquote(group) == f"iso6523-actorid-upis::{participant}"
    assert parse.unquote(service) == names.DOCUMENT_TYPES[kind]


@pytest.mark.parametrize(
    ("scheme", "value", "participant"),
    [
        ("0192", "991 825 827", "0192:991825827"),
        ("0007", "5567321707", "0007:5567321707"),
        ("0184", "DK12345678", "0184:dk12345678"),
        ("0088", " 7300010000001 ", "0088:7300010000001"),
        ("0192", " ", ""),
        (None, "991825827", ""),
    ],
)
def test_a_document_s_end_point_as_a_participant(scheme: str | None, value: str, participant: str) -> None:
    assert names.to_participant(scheme, value) == participant


def record(
    regexp: str, order: int = 100, preference: int = 10, flags: bytes = b"U", service: bytes = b"Meta:SMP"
) -> types.SimpleNamespace:
    values = {"order": order, "preference": preference, "flags": flags, "service": service}
    return types.SimpleNamespace(regexp=regexp.encode(), **values)


def test_the_first_record_of_ours_counts() -> None:
    records = [
        record("!.*!https://c!", preference=20),
        record("!.*!https://d!", order=10, service=b"Meta:SMP:2"),
        record("!.*!https://e!", order=10, flags=b"S"),
        record("!^.*$!https://b/path!", preference=15),
        record("#.*#https://z#", order=101, preference=1),
    ]
    assert wire.read_publisher(records) == "https://b/path"


@pytest.mark.parametrize("regexp", ["", "!", "!.*!https://smp", "!.*!!", "!.*!a!b!", "!^0192!https://smp!", "!.*!https://smø!"])
def test_a_record_that_cannot_be_used_is_no_answer(regexp: str) -> None:
    with pytest.raises(wire.UnreadableError):
        wire.read_publisher([record(regexp)])


def group(*types_: str) -> bytes:
    links = "".join(f'<ServiceMetadataReference href="http://other.example/x/services/{one}"/>' for one in types_)
    return f"<ServiceGroup {SPACES}>{WHO}{links}</ServiceGroup>".encode()


def test_document_types_are_compared_whole() -> None:
    ours = parse.quote(names.DOCUMENT_TYPES["invoice"], safe="")
    _, found = wire.read_group(group(ours, f"{ours}x", ours[:-1], "%ff", ""))
    assert names.DOCUMENT_TYPES["invoice"] in found
    assert names.DOCUMENT_TYPES["credit_note"] not in found
    for near in (ours.lower(), f"{ours}x", ours[:-1], parse.quote(ours, safe="")):
        assert names.DOCUMENT_TYPES["invoice"] not in wire.read_group(group(near))[1]


BOMB = (
    b'<!DOCTYPE a [<!ENTITY a "aaaa">]><ServiceGroup xmlns="http://busdox.org/serviceMetadata/publishing/1.0/">&a;</ServiceGroup>'
)


@pytest.mark.parametrize(
    "page", [b"", b"{}", b"<html/>", b"<ServiceGroup/>", BOMB, f"<ServiceGroup {SPACES}/>".encode(), group()[:-5]]
)
def test_a_page_that_is_none_is_no_answer(page: bytes) -> None:
    for read in (wire.read_group, wire.read_metadata):
        with pytest.raises(wire.UnreadableError):
            read(page)


def metadata(opens: str, closes: str) -> bytes:
    dates = f"<ServiceActivationDate>{opens}</ServiceActivationDate><ServiceExpirationDate>{closes}</ServiceExpirationDate>"
    return (
        f"<SignedServiceMetadata {SPACES}><ServiceMetadata><ServiceInformation>{WHO}"
        '<ids:DocumentIdentifier scheme="s">t</ids:DocumentIdentifier><ProcessList><Process>'
        '<ids:ProcessIdentifier scheme="p">q</ids:ProcessIdentifier><ServiceEndpointList>'
        f'<Endpoint transportProfile="as4">{dates}</Endpoint></ServiceEndpointList></Process></ProcessList>'
        "</ServiceInformation></ServiceMetadata></SignedServiceMetadata>"
    ).encode()


@pytest.mark.parametrize(
    ("opens", "closes", "is_open"),
    [
        ("", "", True),
        ("2026-11-23T09:00:00+01:00", "9999-12-31T23:59:59.999Z", True),
        ("2026-11-23T08:00:01", "", False),
        ("", "2026-11-23T08:00:00Z", False),
        ("", "2026-11-23T08:00:00-05:00", True),
    ],
)
def test_an_end_point_is_open_between_its_dates(opens: str, closes: str, is_open: bool) -> None:
    found = wire.read_metadata(metadata(opens, closes))
    assert found.participant == "iso6523-actorid-upis::0192:991825827"
    (one,) = found.endpoints
    assert (one.process, one.transport, one.is_open(NOW)) == ("p::q", "as4", is_open)


def test_a_date_that_cannot_be_read_decides_nothing() -> None:
    with pytest.raises(wire.UnreadableError, match="dato"):
        wire.read_metadata(metadata("", "next year"))
