"""Return data: what happened at the factoring company, in settlements, and the vouchers that tell a client's books of it."""
