"""E-mail: the words to a debtor, a message that cannot be bent by what stands in it, knowing whether it was taken over SMTP, and
reading what comes back over IMAP.

What does not belong here: choosing a channel, what follows from a refusal or a bounce (tasks, ledger), mails to clients and others.
"""
