"""HTTP in and out of the conversation."""
