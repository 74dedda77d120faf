"""What was found once is given again only where everything that the check sees is the same."""

from __future__ import annotations

import os
import pathlib

import pytest

from data_quality import blocking, checking, postcodes
from fakturabro.domain import documents, parties
from tests.crash import known

_CARD = parties.Card(number="10", name="Kari", address=documents.Address(street="Storgata 1", postal_zone="0001", city="Bergen"))
_SUBJECT = checking.CardSubject(id=1, card=_CARD)
_CODE = "post_code_of_another_place"


def _codes(rules: blocking.Rules | None = None, post_codes: str = "") -> set[str]:
    found = known.check([_SUBJECT], rules or blocking.Rules(), "customers", post_codes=post_codes)
    return {one.code for one in found[1]}


def test_what_was_found_with_another_register_or_other_rules_is_not_given(tmp_path: pathlib.Path) -> None:
    shipped, own = postcodes.SHIPPED.read_text(encoding="utf-8"), tmp_path / "postnummer.csv"
    own.write_text(shipped.replace("0001,OSLO", "0001,BERGEN"), encoding="utf-8")
    off = blocking.Rules.model_validate({"overrides": [{"code": _CODE, "severity": "off", "reason": "Avtalt med klienten"}]})
    assert _CODE in _codes() and _CODE not in _codes(post_codes=str(own)) and _CODE not in _codes(off)
    own.write_text(shipped, encoding="utf-8")
    os.utime(own, (1, 1))
    assert _CODE in _codes(post_codes=str(own)) and _CODE in _codes()


def test_what_no_check_takes_is_refused_though_all_of_it_is_known(tmp_path: pathlib.Path) -> None:
    _codes()
    for subjects in ([], [_SUBJECT, _SUBJECT]):
        with pytest.raises(checking.CheckError):
            known.check(subjects, blocking.Rules(), "customers")
    with pytest.raises(postcodes.RegisterError):
        _codes(post_codes=str(tmp_path / "postnummer.csv"))
