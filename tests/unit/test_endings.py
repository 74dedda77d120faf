"""What ends a sending: a key that is throttled for ever does not, a counterpart that throttles us does."""

from __future__ import annotations

import pytest

from fakturabro.remote import errors
from tasks import endings

SLOW, DOWN, NO = errors.Throttled("429"), errors.Unavailable("nede"), errors.Rejected("nei")
KEY = errors.CredentialError("nøkkel")


@pytest.mark.parametrize(
    ("met", "ends"),
    [
        ([], None),
        ([None, NO, errors.Uncertain("?")], None),
        ([SLOW], None),
        ([SLOW, None, None], None),
        ([SLOW, SLOW, None], SLOW),
        ([SLOW, SLOW], SLOW),
        ([SLOW] * 13 + [None] * 117, None),
        ([SLOW] * 14 + [None] * 116, SLOW),
        ([None, DOWN, SLOW], DOWN),
        ([SLOW, KEY], KEY),
    ],
)
def test_what_ends_a_sending(met: list[errors.RemoteError | None], ends: errors.RemoteError | None) -> None:
    assert endings.find_end(met, endings.ENDING) is ends


def test_a_mailbox_that_is_full_never_ends_the_mails() -> None:
    assert endings.find_end([SLOW, SLOW], endings.ENDING_OF_MAIL) is None
    assert endings.find_end([SLOW, DOWN], endings.ENDING_OF_MAIL) is DOWN
