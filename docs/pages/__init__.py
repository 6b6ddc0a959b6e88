"""What prints pages from records and reports: the committed pages of theorems, and what the built site adds to them."""
