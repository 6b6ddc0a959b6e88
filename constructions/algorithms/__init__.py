"""The textbook's side: one formula per learning algorithm. These files know nothing of transformers."""
