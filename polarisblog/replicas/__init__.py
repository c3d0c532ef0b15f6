"""Reading from copies of the database that are never behind; see docs/scaling.md for the reasoning.

A strangers' request may be read from a replica that has replayed everything the primary had written
when the request asked. Whatever goes wrong there is answered by the primary instead.
"""
