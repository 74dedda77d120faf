"""Two systems that keep the same registers: what stands on both sides, how far their lists were read, and what people approved."""
