"""Names in an SMTP command and in a bounce: what a server may not see there stands as "+" and two hexadecimal digits.

Source: RFC 3461, §4.
"""

from __future__ import annotations

import re


def write(text: str) -> str:
    """
    >>> write("<a+b=c@d.no>")
    '<a+2Bb+3Dc@d.no>'
    """
    return re.sub(r"[^!-*,-<>-~]", lambda m: f"+{ord(m[0]):02X}", text)


def read(text: str) -> str:
    """
    >>> read(write("<a+b=c@d.no>"))
    '<a+b=c@d.no>'
    """
    return re.sub(r"\+([0-9A-F]{2})", lambda m: chr(int(m[1], 16)), text)
