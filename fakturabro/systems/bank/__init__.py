"""Files to and from a bank, or the accounting system beside it: folders on a disk here, or the bank's own over SFTP.

`outbox` hands files over, `inbox` takes what lies there, `patterns` says which names are what. What does not belong here: what
stands in the files (formats), whether they may be sent (guards), and the carriers themselves (remote/folders, remote/sftp).
"""
