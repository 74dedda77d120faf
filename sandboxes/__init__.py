"""Stateful stand-ins on loopback for the systems that Fakturabro meets, with fault injection and seeded data.

Belongs here: servers that answer as the vendor documents, their state, their seed, and the switches that make them fail.
Does not belong here: anything that Fakturabro itself needs to work; only the console's demo and the tests import this package.

In a test::

    with main.Sandboxes(folder=tmp_path) as boxes:
        boxes.poweroffice.state.clients[...]   # direct access to what the vendor would know
        boxes.addresses()                      # addresses and keys, as state.json has them

As a process of its own: ``python -m sandboxes.main --folder DIR``.
"""
