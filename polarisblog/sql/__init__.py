"""SQL that is made once and used many times."""
