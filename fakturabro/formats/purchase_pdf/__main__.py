"""The process in which pictures are opened: parts on standard input, the joined PDF on standard output (msgpack, see write.py)."""

from __future__ import annotations

import resource
import sys

import msgspec

from fakturabro.formats.purchase_pdf import joining

_MEMORY, _SECONDS = 3_000_000_000, 60


def main() -> None:
    """Join what comes in. Dies where that takes too much."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    parts = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=list[tuple[str, bytes]])
    sys.stdout.buffer.write(msgspec.msgpack.encode(joining.join(parts)))


if __name__ == "__main__":
    main()
