"""The invoice and credit note as the debtor gets them on paper and by e-mail: PDF/A-3a with the EHF inside, A4, by typst.

What belongs here: the layout (invoice.typ), its words (messages), how figures and texts are written for people
(typography), what goes where (content, figures, payment), a tenant's own look (brands, logos), the renderer (write) and the
print demands (preflight).
What does not: choosing account, KID or assignment notice (they stand in the document already), choosing a channel, sending.
"""
