"""The bank's side: its folders, its files in, what it answers, its statements; the options and words of all bank flows."""
