"""How we talk to other people's machines: HTTP with time-outs, a rate budget shared by all processes, answers classed as types.

What does not belong here: what a vendor's calls are named or look like (systems), where secrets come from (tasks/connect).
"""
