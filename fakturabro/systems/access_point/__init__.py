"""A distribution partner's access point, by contract.openapi.yaml beside this file (ours: each partner gets an adapter).

What does not belong here: writing or validating EHF (formats/ehf), choosing a channel (tasks).
"""
