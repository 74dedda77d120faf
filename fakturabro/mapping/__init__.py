"""Pure functions from one system's shapes to ours and from ours to the next system's, one module per direction.

What does not belong here: I/O, clocks, settings that are not arguments.
"""
