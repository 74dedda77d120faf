"""The watchman: its passes, checks, alarms and mails. It runs outside Prefect."""
