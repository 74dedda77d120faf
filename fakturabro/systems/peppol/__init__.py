"""Who can take which document in Peppol: names in DNS (the SML), then the publisher's pages (the SMP). Reads only.

What does not belong here: handing documents over (systems/access_point), remembering answers (ledger/receivers), what to do
with one (tasks).
"""
