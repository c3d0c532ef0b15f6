"""`make bench`: how fast and how small, against the limits of this machine in the same run."""
