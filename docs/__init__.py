"""The documentation: pages by hand, pages printed from the records, and the site that shows both."""
