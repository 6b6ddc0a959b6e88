"""Static figures of a construction, each with its data and a text that says what it shows. None of them awards a standing."""
