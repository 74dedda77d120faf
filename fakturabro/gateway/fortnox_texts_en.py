"""What is read on the page that connects Fortnox, in English."""

TEXTS = {
    "fortnox_title": "Connect Fortnox",
    "fortnox_text": "You will be sent to Fortnox. Sign in as a system administrator, choose the company and approve the "
    "permissions. Then you come back here and see which company it is before anything is saved.",
    "fortnox_go": "Continue to Fortnox",
    "fortnox_kept": "Connected now",
    "fortnox_disconnect_text": "If you disconnect, the consent is withdrawn in Fortnox, and nothing is transferred until "
    "somebody connects again.",
    "fortnox_disconnect": "Disconnect Fortnox",
    "fortnox_confirm_text": "Fortnox gave access to this company. Check it before the access is saved.",
    "fortnox_database": "Database number in Fortnox",
    "fortnox_confirm_yes": "Yes, connect",
    "fortnox_connected_title": "Fortnox is connected",
    "fortnox_connected_text": "The access is saved encrypted, and the link is used up. You can close this page.",
    "fortnox_disconnected_title": "Fortnox is disconnected",
    "fortnox_disconnected_text": "The consent is withdrawn, and the access is deleted here. Nothing more is transferred.",
    "fortnox_forgotten_title": "The access is deleted here",
    "fortnox_forgotten_text": "Nothing more is transferred, but we could not withdraw the consent at Fortnox. Remove the "
    "integration in Fortnox under Administrera användare, and it is gone there too.",
    "fortnox_stranger_title": "We do not recognise this visit",
    "fortnox_stranger_text": "Nothing is saved. Open the link from the e-mail again, in the browser that you use for Fortnox, "
    "and start there.",
    "fortnox_denied": "Fortnox gave no access. Nothing is saved. You must be a system administrator and approve the permissions.",
    "fortnox_no_code": "Fortnox did not accept the answer that you came back with. It lasts ten minutes and counts once. Start "
    "again.",
    "fortnox_away": "We could not reach Fortnox now. Nothing is saved. Start again in a while.",
    "fortnox_again": "It is too long since you came back from Fortnox, or a newer access has taken its place. Start again.",
    "fortnox_no_number": "Your organisation number is missing in our setup, so we cannot check the company. Nothing is saved. "
    "Reply to the e-mail with the link.",
    "fortnox_other_company": "Fortnox gave access to {company} with organisation number {theirs}, but the agreement is for "
    "{ours}. The access is withdrawn, and nothing is saved. Choose the right company in Fortnox.",
    "fortnox_missing": "Fortnox gave access to {company}, but without these permissions: {missing}. The access is withdrawn. "
    "Approve all permissions, and order the licences that are missing.",
    "connect_fortnox_mail_subject": "Connect Fortnox",
    "connect_fortnox_mail_text": "Hello\n\nOpen the link to connect Fortnox, or to disconnect it. You must be a system "
    "administrator in Fortnox. The link can be used once and lasts two weeks.\n\n{link}\n\nDo not forward this e-mail.\n",
}
