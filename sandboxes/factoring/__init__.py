"""The factoring company's system by the contract of ours: entries, payments, movements, and the books behind them."""
