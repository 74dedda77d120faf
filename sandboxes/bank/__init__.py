"""Banks to try against: folders, approval, booking on the day, pain.002, camt and OCR giro; mock-bank, which is not ours."""
