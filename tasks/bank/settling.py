"""Settling doubt in the bank's flows: each target of payments is asked by the run's options; see settling."""

from __future__ import annotations

from fakturabro.ledger import deliveries
from tasks import retrying, runs, settling
from tasks.accounting import api as accounting_api
from tasks.accounting import book_back, posting_by_file
from tasks.bank import folders as connect_bank
from tasks.bank import options as bank_options
from tasks.incoming import posting as incoming_posting
from tasks.payments import files as remittance_files

READERS: dict[str, settling.ReadBack] = {
    remittance_files.TARGET: remittance_files.read_back,
    book_back.BY_FILES: book_back.read_back_files,
    book_back.BY_LIST: book_back.read_back_lists,
    incoming_posting.FACTORING: incoming_posting.read_back,
    posting_by_file.FOLDER: posting_by_file.read_back,
    **dict.fromkeys(accounting_api.TARGETS.values(), accounting_api.read_back),
}
"""By the target, or by what stands before its colon."""
_FILES = (remittance_files.TARGET, book_back.BY_LIST, posting_by_file.FOLDER)
_BLOCKS: dict[str, int] = dict.fromkeys(_FILES, deliveries.PAGE)
"""One look at a file tells of all that it carries."""


@retrying.station("Avklar tvil om betalinger")
async def settle(batch: runs.Batch, chosen: bank_options.BankOptions) -> runs.Batch:
    """Read back everything of the flow's in doubt; what its target cannot tell stays so."""
    connect_bank.use(chosen)
    return await settling.settle_by(batch, READERS, _BLOCKS)
