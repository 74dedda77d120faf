"""Reading in other processes: raw EHF bytes in, sealed rows for the ledger out. Light, because each process imports it anew."""

from __future__ import annotations

import collections
import concurrent.futures
import contextlib
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence

from fakturabro.ledger import documents, seals
from fakturabro.mapping import poweroffice_to_documents as mapping
from fakturabro.systems.poweroffice import wire

Listed = tuple[wire.FactoringInvoiceDetails, bytes]
Job = Callable[[Iterable[list[Listed]]], Iterator[list[documents.Fetched]]]

_received: list[seals.Key] = []


def read(job: Sequence[Listed], key: seals.Key) -> list[documents.Fetched]:
    """Parsed, mapped, compressed and sealed."""
    return [mapping.to_fetched(listed, data, mapping.to_received(listed, data), key) for listed, data in job]


@contextlib.contextmanager
def processes(workers: int, key: seals.Key) -> Iterator[Job]:
    """What reads jobs in order, in `workers` processes that are ready, at most a few jobs ahead; 0 reads them here."""
    if not workers:
        yield lambda jobs: (read(job, key) for job in jobs)
        return
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(workers, context, initializer=_receive_key, initargs=(key.month, key.key)) as pool:
        concurrent.futures.wait([pool.submit(_read_there, []) for _ in range(workers)])
        yield lambda jobs: _read_ahead(pool, jobs, 2 * workers)


def _read_ahead(
    pool: concurrent.futures.ProcessPoolExecutor, jobs: Iterable[list[Listed]], most: int
) -> Iterator[list[documents.Fetched]]:
    ahead: collections.deque[concurrent.futures.Future[list[documents.Fetched]]] = collections.deque()
    for job in jobs:
        ahead.append(pool.submit(_read_there, job))
        if len(ahead) > most:
            yield ahead.popleft().result()
    while ahead:
        yield ahead.popleft().result()


def _receive_key(month: str, key: bytes) -> None:
    _received.append(seals.Key(month, key))


def _read_there(job: list[Listed]) -> list[documents.Fetched]:
    return read(job, _received[0])
