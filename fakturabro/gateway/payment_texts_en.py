"""English: questions on payments and vouchers."""

from collections.abc import Mapping


def _told(kind: str, answers: Mapping[str, str]) -> dict[str, str]:
    """What is read after an answer."""
    told: dict[str, str] = {}
    for answer, text in answers.items():
        told[f"decided_{kind}_{answer}_title"] = "Your answer is stored"
        told[f"decided_{kind}_{answer}_text"] = f"{text} You may close this page."
    return told


TEXTS = {
    "fact_file": "File",
    "fact_received": "Received (time in Norway)",
    "fact_sha256": "Checksum (SHA-256)",
    "fact_count": "Number of payments",
    "fact_sum": "Total",
    "fact_from_accounts": "From account",
    "fact_largest": "Largest payments",
    "fact_changes": "New account (before → now)",
    "fact_unusual": "Unusual",
    "fact_repeats": "Like an earlier payment",
    "fact_asked": "Your answer is about",
    "fact_told_before": "Told before",
    "fact_reason": "Why you are asked",
    "fact_payment": "Payment received",
    "fact_text": "Message",
    "fact_voucher_no": "Voucher in PowerOffice",
    "fact_voucher_date": "Voucher date",
    "fact_settlement": "Settlement",
    "fact_movements": "Movements in the voucher",
    "fact_anew": "Posted anew",
    "fact_reversed_by_hand": "Note",
    "remittance_file_subject": "Payment file {file}",
    "remittance_file_title": "Is {file} the file that is to be paid?",
    "remittance_file_text": "The file lay in a folder, so we do not know who put it there. Compare count, total and checksum with "
    "what the accounting or payroll system shows. The payments must be approved in the bank as well.",
    "remittance_file_approved": "Yes, this is the file",
    "remittance_file_approved_text": "Count and total agree with the system that made it. It goes to the bank in the next run.",
    "remittance_file_refused": "No, do not pay",
    "remittance_file_refused_text": "Nothing of the file is paid. This cannot be undone: what is to be paid needs a new file.",
    "creditor_accounts_subject": "New account numbers in {file}",
    "creditor_accounts_title": "Are these account numbers right?",
    "creditor_accounts_text": "The payees were paid on another account before, or have two accounts here. A changed "
    "account number is the most usual invoice fraud. Call the payee on a number that you knew before, not one from an e-mail "
    "or from the invoice.",
    "creditor_accounts_approved": "Yes, all are checked",
    "creditor_accounts_approved_text": "The payments are released, and the new accounts count as known.",
    "creditor_accounts_refused": "No, do not pay these",
    "creditor_accounts_refused_text": "The payments to the new accounts are cancelled. The rest of the file goes.",
    "unusual_batch_subject": "Unusual payment file {file}",
    "unusual_batch_title": "Is {file} as large as it should be?",
    "unusual_batch_text": "The file differs from those sent before. Find the reason before you answer, and compare count, "
    "total and checksum with what the system that made it shows.",
    "unusual_batch_approved": "Yes, it is right",
    "unusual_batch_approved_text": "The file goes to the bank in the next run.",
    "unusual_batch_refused": "No, do not pay",
    "unusual_batch_refused_text": "Nothing of the file is paid. This cannot be undone.",
    "repeated_payments_subject": "Possible double payments in {file}",
    "repeated_payments_title": "Are these to be paid once more?",
    "repeated_payments_text": "Payee and amount are those of an earlier payment. Check each of them against its invoice.",
    "repeated_payments_approved": "Yes, all are to be paid",
    "repeated_payments_approved_text": "They are checked and were not paid before.",
    "repeated_payments_refused": "No, do not pay these",
    "repeated_payments_refused_text": "The payments are cancelled. The rest of the file goes. What is to be paid after all must be "
    "sent anew.",
    "fact_message_id": "Message id at the bank",
    "file_in_doubt_subject": "Payment file in doubt {message_id}",
    "file_in_doubt_title": "Has the bank received the payment file {message_id}?",
    "file_in_doubt_text": "We do not know whether the file arrived, and cannot see it ourselves. Search the bank's pages for "
    "message id and total, also among those that wait for approval. Answer only what you have seen: a wrong no can pay twice.",
    "file_in_doubt_arrived": "Yes, the bank has it",
    "file_in_doubt_arrived_text": "The payments count as handed over and are not sent again.",
    "file_in_doubt_absent": "No, the bank certainly does not have it",
    "file_in_doubt_absent_text": "The payments are sent again in the next run. If you are in doubt, leave this unanswered.",
    "fact_unproven": "Payments",
    "unproven_subject": "Payments that the bank has not shown, in {message_id}",
    "unproven_title": "Were these payments in {message_id} made?",
    "unproven_text": "They are due, and the bank has not shown that the money moved. Find each of them on the bank's pages: in the "
    "statement, among those that wait for approval, and among those refused or deleted. The answer is about all of them, so "
    "count and total must agree. Answer only what you have seen, and leave this unanswered as long as they may still be paid.",
    "unproven_paid": "Yes, all were paid",
    "unproven_paid_text": "The money left the account for each of them. The accounting system is told.",
    "unproven_not_paid": "No, none was paid",
    "unproven_not_paid_text": "None left the account, and they are refused or deleted at the bank, so that they cannot be paid "
    "later. They may then be sent anew: a wrong answer can pay twice.",
    "unproven_single_title": "Was the payment {single} in {message_id} made?",
    "unproven_single_text": "It is due, and the bank has not shown that the money moved. Find it on the bank's pages: in the "
    "statement, among those that wait for approval, and among those refused or deleted. Answer only what you have seen, and leave "
    "this unanswered as long as it may still be paid.",
    "unproven_single_paid": "Yes, it was paid",
    "unproven_single_paid_text": "The money left the account. The accounting system is told.",
    "unproven_single_not_paid": "No, it was not paid",
    "unproven_single_not_paid_text": "Nothing left the account, and it is refused or deleted at the bank, so that it cannot be "
    "paid later. It may then be sent anew: a wrong answer can pay twice.",
    "unproven_each": "Some were paid, others not",
    "unproven_each_text": "You are asked about them one by one, ten at a time.",
    "fact_notice": "What",
    "fact_noticed": "Which",
    "bank_notice_subject": "Something in the bank's file {file} must be followed up",
    "bank_notice_title": "Has this been dealt with?",
    "bank_notice_text": "It stands in a file of the bank, and we cannot settle it. Talk to the bank, and look on its pages and in "
    "the books. Runs say it every working day until somebody has answered.",
    "bank_notice_dealt_with": "Yes, it has been dealt with",
    "bank_notice_dealt_with_text": "The bank has answered, and the books are right. No more is said of it. Nothing is booked.",
    "incident_subject": "Stopped file of incoming payments {file}",
    "incident_title": "Is all of {file} to be booked?",
    "incident_text": "So much of the file equals what was told before that the bank may have registered it twice. Ask the bank "
    "before you answer. If it repeats an earlier day and a file comes that takes that back, this settles itself.",
    "incident_both_right": "Yes, all of it is right",
    "incident_both_right_text": "The bank has confirmed it. The whole file is booked in the next run.",
    "incident_set_aside": "No, what is repeated is a mistake",
    "incident_set_aside_text": "The bank entered the money twice and takes it back. What is repeated is never booked; the rest is "
    "booked in the next run. Where the file itself goes to the accounting system's folder, it is not put there, and the "
    "new payments in it must be entered by hand.",
    "incident_takes_back_title": "Is {file} to be put into the accounting system's folder?",
    "incident_takes_back_text": "The file takes back payments of a file that was set aside as a mistake. The accounting system "
    "is to have both files or neither.",
    "incident_takes_back_both_right": "Yes, put it there",
    "incident_takes_back_both_right_text": "The accounting system has got the other file, perhaps because somebody put it there.",
    "incident_takes_back_set_aside": "No, leave it",
    "incident_takes_back_set_aside_text": "The accounting system has not got the other file. Nothing of this one is booked.",
    "incident_overlaps_title": "Is all of {file} to be put into the accounting system's folder?",
    "incident_overlaps_text": "The file has payments that the accounting system got before in another file, and some that are new. "
    "Put there, it books the known ones twice.",
    "incident_overlaps_both_right": "Yes, put it there",
    "incident_overlaps_both_right_text": "The accounting system can take that, or the known ones were removed there. It is done in "
    "the next run.",
    "incident_overlaps_set_aside": "No, leave it",
    "incident_overlaps_set_aside_text": "The new payments in it were entered by hand, or come in a new file from the bank.",
    "incident_told_again": "No, the money stands on the account only once",
    "incident_told_again_text": "The bank has told the same once more, under other numbers. What is repeated is never booked; the "
    "rest is booked in the next run.",
    "incident_references_title": "Are these other payments than those that are booked?",
    "incident_references_text": "They are like what another file told of, or have a reference of the bank's that was used before. "
    "Look at the account, not at the files: money that stands there twice is two payments.",
    "incident_references_both_right": "Yes, the money stands on the account twice",
    "incident_references_both_right_text": "They are booked beside the first ones in the next run. Say so too where the bank has "
    "taken some of it back: that is booked by itself.",
    "incident_references_told_again": "No, the money stands on the account only once",
    "incident_references_told_again_text": "They are never booked. The first ones stay as they are.",
    "suspense_subject": "Payment that is not placed",
    "suspense_title": "Which invoice is the payment for?",
    "suspense_text": "The payment could not be placed by itself. The proposals are calculated, the best one first. If in doubt, "
    "leave the question unanswered.",
    "suspense_candidate_text": "The payment is placed here.",
    "suspense_waits_title": "Where does the payment belong?",
    "suspense_waits_text": "It cannot be posted from here as it is. Choose an invoice, or enter it by hand in the books and say so "
    "here. If in doubt, leave the question unanswered.",
    "suspense_by_hand": "It was entered by hand",
    "suspense_by_hand_text": "It stands in the books already, entered by you. We never post it, and do not ask again.",
    "suspense_stands": "None of them",
    "suspense_stands_text": "The payment stays unplaced, and you are not asked again.",
    "undo_voucher_subject": "Reversal of voucher {voucher_no}",
    "undo_voucher_title": "Shall voucher {voucher_no} be reversed?",
    "undo_voucher_text": "The whole voucher is taken back in the client's PowerOffice, and its movements are posted anew in "
    "another voucher on the accounts that are chosen now. Look at the voucher in PowerOffice before you answer, and make sure that "
    "what is wrong has been mended first. Only accounts, VAT codes, departments and projects may have changed since it was posted. "
    "If a kind of movement is posted on other roles now, answer no: the settlement is closed with the old ones.",
    "undo_voucher_approved": "Yes, reverse it",
    "undo_voucher_approved_text": "The voucher is reversed in the next run. When PowerOffice shows that it is done, the movements "
    "are posted anew. What lacks something then is held until it is mended.",
    "undo_voucher_refused": "No, let it stand",
    "undo_voucher_refused_text": "Nothing is done. The voucher stands as it is.",
    **_told(
        "undo_voucher",
        {"approved": "The voucher is reversed and posted anew in the next run.", "refused": "The voucher stands as it is."},
    ),
    **_told("remittance_file", {"approved": "The file goes to the bank in the next run.", "refused": "Nothing of it is paid."}),
    **_told("creditor_accounts", {"approved": "The payments are released.", "refused": "The payments are cancelled."}),
    **_told("unusual_batch", {"approved": "The file goes to the bank in the next run.", "refused": "Nothing of it is paid."}),
    **_told("repeated_payments", {"approved": "The payments are released.", "refused": "The payments are cancelled."}),
    **_told(
        "file_in_doubt", {"arrived": "The payments count as handed over.", "absent": "The payments are sent again in the next run."}
    ),
    **_told(
        "unproven",
        {
            "paid": "The payments count as made.",
            "not_paid": "The payments count as refused and may be sent anew.",
            "each": "You are asked about them one by one.",
        },
    ),
    **_told("bank_notice", {"dealt_with": "No more is said of it."}),
    **_told("incident", dict.fromkeys(("both_right", "set_aside", "told_again"), "The next run does so.")),
    **_told("suspense", {"by_hand": "The payment counts as entered by hand."}),
    **_told("suspense", {"stands": "The payment stays unplaced."}),
    **_told("suspense", {f"candidate_{n}": "The payment is placed in the next run." for n in range(1, 6)}),
}
