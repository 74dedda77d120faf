"""What becomes of documents after they left: bounces, receipts of letters, letters after links; who can take an EHF."""
