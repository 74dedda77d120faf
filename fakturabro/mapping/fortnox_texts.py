"""How long a text may be in Fortnox' registers, which signs it may have, and how one is cut.

Source: fortnox-v3.openapi.json (maxLength of fortnox_Customer, fortnox_Article, fortnox_Project; a contract test compares).
Assumed: lengths count code points; Fortnox takes Latin letters with accents, digits and the signs of Windows-1252, and refuses
the rest with 2000359 (which signs are "prohibited" is not documented).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_LONG = ("Name", "Comments", "Email", "EmailInvoice", "Phone1", "Address1", "Address2", "City") + (
    *("DeliveryAddress1", "DeliveryAddress2", "DeliveryCity", "CustomerNumber"),
)
CUSTOMER: Mapping[str, int] = {
    **dict.fromkeys(_LONG, 1024),
    **dict.fromkeys(("VisitingAddress", "VisitingCity", "WWW"), 128),
    **dict.fromkeys(("ZipCode", "DeliveryZipCode", "VisitingZipCode"), 10),
}
ARTICLE: Mapping[str, int] = {"ArticleNumber": 50, "Description": 200}
PROJECT: Mapping[str, int] = {"ProjectNumber": 20, "Description": 50, "Comments": 512}
_REFUSED = re.compile("[^\t\n\r -~\xa0-\u017f\u0192\u02c6\u02dc–—‘-‚“-„†-•…‰‹›€™]")
_JOINER = "\u200d"


def refused(text: str) -> str:
    """The signs that Fortnox does not take, each once, in the order in which they stand.

    >>> refused("Rett & Slett “Design” →→")
    '→'
    """
    return "".join(dict.fromkeys(_REFUSED.findall(text)))


def cut(text: str, longest: int) -> str:
    """The beginning of a text that is too long, without a blank at its end and without half a letter.

    >>> cut("Prosjekt", 20), cut("Prosjekt A", 9), cut("Cafe\\u0301", 4)
    ('Prosjekt', 'Prosjekt', 'Caf')
    """
    end = min(longest, len(text))
    while 0 < end < len(text) and _belongs_together(text[end - 1], text[end]):
        end -= 1
    return text[:end].rstrip()


def _belongs_together(one: str, following: str) -> bool:
    return unicodedata.category(following)[0] == "M" or _JOINER in (one, following)
