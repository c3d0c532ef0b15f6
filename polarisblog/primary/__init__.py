"""The one database that everything is written to, which may go away for a while."""
