"""Money in: files read and recorded, payments matched, posted, in suspense; repeated days stopped as incidents."""
