"""From booking to debtor: channel, EHF, e-mail, link and letter, and what comes back: bounces, receipts, objections."""
