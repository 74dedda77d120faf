"""Countries as addresses state them: ISO 3166-1 codes of two letters, and what people write instead.

Source: ISO 3166-1 alpha-2 with XI (Northern Ireland), the list of EN 16931 (BR-CL-14); XK (Kosovo), which ISO leaves to its
users and everybody writes.
"""

from __future__ import annotations

_CODES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD "
    "CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH EL ER ES ET FI FJ FK FM FO FR GA GB GD GE "
    "GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM "
    "KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ "
    "NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH "
    "SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG "
    "VI VN VU WF WS XI YE YT ZA ZM ZW"
)
CODES = frozenset(_CODES.split()) | {"XK"}

_WRITTEN = {
    "NO": "NOR NORGE NOREG NORWAY",
    "SE": "SWE SVERIGE SWEDEN",
    "DK": "DNK DANMARK DENMARK",
    "FI": "FIN FINLAND SUOMI",
    "IS": "ISL ISLAND ICELAND",
    "DE": "DEU GER TYSKLAND GERMANY DEUTSCHLAND",
    "GB": "GBR UK STORBRITANNIA ENGLAND",
    "NL": "NLD NEDERLAND NETHERLANDS",
    "PL": "POL POLEN POLAND POLSKA",
    "ES": "ESP SPANIA SPAIN",
    "FR": "FRA FRANKRIKE FRANCE",
    "US": "USA",
}
_MEANT = {word: code for code, words in _WRITTEN.items() for word in words.split()}


def meant(written: str) -> str:
    """The code of a country that stands there by name or by three letters, an empty text for what is not known.

    >>> meant("sverige"), meant("Atlantis")
    ('SE', '')
    """
    return _MEANT.get(written.strip().upper(), "")
