"""What the sandboxes hold at the start: clients, buyers, documents, and what is wrong with them on purpose."""
