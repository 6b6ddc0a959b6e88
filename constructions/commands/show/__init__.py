"""`show`: one theorem on a page."""
