"""READ FIRST. One module per integration; each flow is its DAG, read top to bottom: fetch, check, map, deliver, write back.

What belongs here: composition. What does not: I/O, loops over fields, clients, SQL (see tasks/).
"""
