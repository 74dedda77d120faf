"""Other companies' systems, one package each: client.py (verbs), wire.py (their JSON, rows or files exactly as they are).

What does not belong here: mapping to our documents (mapping), reading secrets (tasks/connect), file formats (formats).
"""
