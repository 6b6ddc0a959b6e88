"""The textbook's side: one formula per learning algorithm, with its source. These files know nothing of transformers."""
