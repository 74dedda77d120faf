"""The messages of ISO 20022 that we know, and which element holds which field: tables of paths, the same for every version.

Where versions differ, both paths lead to the same field: `Sts` and `Sts/Cd`, `Dbtr/Nm` and `Dbtr/Pty/Nm`, `BIC` and `BICFI`. A path
that ends with "@" is an amount with its currency, one that ends with "*" is repeated.

Source: pain.001.001.03 and .09, pain.002.001.03 and .10, camt.053.001.02 and .08, camt.054.001.02 and .08: iso20022.org
"""

from __future__ import annotations

import functools

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"

MESSAGES = {
    "pain.001.001.03": "CstmrCdtTrfInitn",
    "pain.001.001.09": "CstmrCdtTrfInitn",
    "pain.002.001.03": "CstmrPmtStsRpt",
    "pain.002.001.10": "CstmrPmtStsRpt",
    "camt.053.001.02": "BkToCstmrStmt",
    "camt.053.001.08": "BkToCstmrStmt",
    "camt.054.001.02": "BkToCstmrDbtCdtNtfctn",
    "camt.054.001.08": "BkToCstmrDbtCdtNtfctn",
}
"""Message -> the one element below Document. The namespace is `NAMESPACE` and the message."""

PARENTS = {
    "GrpHdr": frozenset(MESSAGES.values()),
    "PmtInf": {"CstmrCdtTrfInitn"},
    "CdtTrfTxInf": {"PmtInf"},
    "OrgnlGrpInfAndSts": {"CstmrPmtStsRpt"},
    "OrgnlPmtInfAndSts": {"CstmrPmtStsRpt"},
    "TxInfAndSts": {"OrgnlPmtInfAndSts"},
    "Stmt": {"BkToCstmrStmt"},
    "Ntfctn": {"BkToCstmrDbtCdtNtfctn"},
    "Ntry": {"Stmt", "Ntfctn"},
    "NtryDtls": {"Ntry"},
    "TxDtls": set[str](),
}
"""Where the elements stand that are read one at a time; TxDtls is looked for anywhere: the reader says where one is odd."""

TEXT, MONEY, MANY, BELOW = range(4)
Paths = dict[str, str]
Row = tuple[int, str, "Table"]
Table = dict[str, Row]
"""Tag -> what to do with it, the field it fills, and the table below it."""


def _account(at: str, field: str) -> Paths:
    return {
        f"{at}/Id/IBAN": f"{field}_iban",
        f"{at}/Id/Othr/Id": f"{field}_other",
        f"{at}/Ccy": f"{field}_currency",
    }


def _party(at: str, field: str) -> Paths:
    return {
        f"{at}/Nm": f"{field}_name",
        f"{at}/Id/OrgId/Othr/Id": f"{field}_identifier",
        f"{at}/Id/OrgId/Othr/SchmeNm/Cd": f"{field}_identifier_scheme",
        f"{at}/Id/PrvtId/Othr/Id": f"{field}_identifier",
        f"{at}/PstlAdr/StrtNm": f"{field}_street",
        f"{at}/PstlAdr/BldgNb": f"{field}_building",
        f"{at}/PstlAdr/PstCd": f"{field}_post_code",
        f"{at}/PstlAdr/TwnNm": f"{field}_city",
        f"{at}/PstlAdr/Ctry": f"{field}_country",
        f"{at}/PstlAdr/AdrLine*": f"{field}_lines",
    }


def _agent(at: str, field: str) -> Paths:
    return {
        f"{at}/FinInstnId/BIC": f"{field}_bic",
        f"{at}/FinInstnId/BICFI": f"{field}_bic",
        f"{at}/FinInstnId/Nm": f"{field}_agent",
    }


_REMITTANCE = {
    "RmtInf/Ustrd*": "texts",
    "RmtInf/Strd/CdtrRefInf/Ref*": "kids",
    "RmtInf/Strd/RfrdDocInf/Nb*": "numbers",
    "RmtInf/Strd/AddtlRmtInf*": "additional",
}

HEADER = {
    "MsgId": "message_id",
    "CreDtTm": "created",
    "NbOfTxs": "count",
    "CtrlSum": "sum",
    **_party("InitgPty", "initiator"),
}

BATCH = {
    "PmtInfId": "batch_id",
    "PmtMtd": "method",
    "NbOfTxs": "count",
    "CtrlSum": "sum",
    "PmtTpInf/SvcLvl/Cd": "service",
    "PmtTpInf/CtgyPurp/Cd": "category",
    "ReqdExctnDt": "date",
    "ReqdExctnDt/Dt": "date",
    "ReqdExctnDt/DtTm": "date",
    **_party("Dbtr", "debtor"),
    **_account("DbtrAcct", "debtor"),
    **_agent("DbtrAgt", "debtor"),
    "ChrgBr": "charge_bearer",
}

PAYMENT = {
    "PmtId/InstrId": "instruction_id",
    "PmtId/EndToEndId": "end_to_end_id",
    "PmtTpInf/CtgyPurp/Cd": "category",
    "Amt/InstdAmt@": "amount",
    "Amt/EqvtAmt/Amt@": "equivalent",
    "ChrgBr": "charge_bearer",
    **_agent("CdtrAgt", "creditor"),
    **_party("Cdtr", "creditor"),
    **_account("CdtrAcct", "creditor"),
    "Purp/Cd": "purpose",
    "RgltryRptg/Dtls/Cd": "regulatory_code",
    "RgltryRptg/Dtls/Inf*": "regulatory",
    **_REMITTANCE,
}

ORIGINAL_GROUP = {
    "OrgnlMsgId": "message_id",
    "OrgnlMsgNmId": "name",
    "OrgnlNbOfTxs": "count",
    "OrgnlCtrlSum": "sum",
    "GrpSts": "status",
}
ORIGINAL_BATCH = {"OrgnlPmtInfId": "batch_id", "PmtInfSts": "status"}
ORIGINAL_PAYMENT = {
    "OrgnlInstrId": "instruction_id",
    "OrgnlEndToEndId": "end_to_end_id",
    "TxSts": "status",
    "AcctSvcrRef": "bank_reference",
}
REASON = {"Rsn/Cd": "code", "Rsn/Prtry": "code", "AddtlInf*": "texts"}

STATEMENT = {
    "Id": "id",
    "ElctrncSeqNb": "sequence",
    **_account("Acct", "account"),
    **_agent("Acct/Svcr", "account"),
    "Acct/Ownr/Nm": "owner",
    "TxsSummry/TtlNtries/NbOfNtries": "count",
    "TxsSummry/TtlNtries/TtlNetNtryAmt": "net",
    "TxsSummry/TtlNtries/TtlNetNtry/Amt": "net",
    "TxsSummry/TtlNtries/CdtDbtInd": "net_direction",
    "TxsSummry/TtlNtries/TtlNetNtry/CdtDbtInd": "net_direction",
    "TxsSummry/TtlCdtNtries/NbOfNtries": "credits",
    "TxsSummry/TtlCdtNtries/Sum": "credit_sum",
    "TxsSummry/TtlDbtNtries/NbOfNtries": "debits",
    "TxsSummry/TtlDbtNtries/Sum": "debit_sum",
}
BALANCE = {
    "Tp/CdOrPrtry/Cd": "code",
    "Tp/CdOrPrtry/Prtry": "code",
    "Amt@": "amount",
    "CdtDbtInd": "direction",
    "Dt/Dt": "date",
    "Dt/DtTm": "date",
}

ENTRY = {
    "NtryRef": "entry_reference",
    "Amt@": "amount",
    "CdtDbtInd": "direction",
    "RvslInd": "reversal",
    "Sts": "status",
    "Sts/Cd": "status",
    "Sts/Prtry": "status",
    "BookgDt/Dt": "booked",
    "BookgDt/DtTm": "booked",
    "ValDt/Dt": "value_date",
    "ValDt/DtTm": "value_date",
    "AcctSvcrRef": "reference",
    "BkTxCd/Domn/Cd": "domain",
    "BkTxCd/Domn/Fmly/Cd": "family",
    "BkTxCd/Domn/Fmly/SubFmlyCd": "subfamily",
    "BkTxCd/Prtry/Cd": "own_code",
    "NtryDtls/Btch/MsgId": "message_id",
    "NtryDtls/Btch/PmtInfId": "batch_id",
    "NtryDtls/Btch/NbOfTxs*": "stated_parts",
    "AmtDtls/InstdAmt/Amt@": "ordered",
    "AddtlNtryInf": "text",
}

PART = {
    "Refs/MsgId": "message_id",
    "Refs/AcctSvcrRef": "reference",
    "Refs/PmtInfId": "batch_id",
    "Refs/InstrId": "instruction_id",
    "Refs/EndToEndId": "end_to_end_id",
    "Amt@": "amount",
    "CdtDbtInd": "direction",
    "AmtDtls/InstdAmt/Amt@": "ordered",
    "AmtDtls/TxAmt/Amt@": "detail",
    "RltdPties/Dbtr/Nm": "payer_name",
    "RltdPties/Dbtr/Pty/Nm": "payer_name",
    **_account("RltdPties/DbtrAcct", "payer"),
    "RltdPties/Cdtr/Nm": "payee_name",
    "RltdPties/Cdtr/Pty/Nm": "payee_name",
    **_account("RltdPties/CdtrAcct", "payee"),
    **_REMITTANCE,
    "RtrInf/Rsn/Cd": "return_reason",
    "RtrInf/Rsn/Prtry": "return_reason",
    "AddtlTxInf": "text",
}


@functools.cache
def compiled(namespace: str) -> dict[str, Table]:
    """Every table above as nested rows by full tag: one look-up per element, whatever the version."""
    tables = {"HEADER": HEADER, "BATCH": BATCH, "PAYMENT": PAYMENT, "STATEMENT": STATEMENT, "BALANCE": BALANCE, "ENTRY": ENTRY}
    tables |= {
        "PART": PART,
        "GROUP": ORIGINAL_GROUP,
        "ORIGINAL_BATCH": ORIGINAL_BATCH,
        "STATUS": ORIGINAL_PAYMENT,
        "REASON": REASON,
    }
    return {name: _nested(paths, f"{{{namespace}}}") for name, paths in tables.items()}


def _nested(paths: Paths, prefix: str) -> Table:
    table: Table = {}
    for path, field in paths.items():
        kind = {"@": MONEY, "*": MANY}.get(path[-1], TEXT)
        *above, leaf = path.rstrip("@*").split("/")
        below = table
        for tag in above:
            known = below.setdefault(prefix + tag, (BELOW, "", {}))
            below = known[2]
        below[prefix + leaf] = (kind, field, below.get(prefix + leaf, (0, "", {}))[2])
    return table
