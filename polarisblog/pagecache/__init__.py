"""Pages for readers without a session: made once, kept whole, and gone the moment they change.

keeping.py    a view says that its page may be kept, and what it shows
watching.py   triggers that write down what of that changes, whoever writes
noticing.py   this host forgets what its own commits changed, before anybody is answered
hearing.py    the same for what other hosts changed, and leases for as long as we hear
shelf.py      the kept pages as files, which a web server may hand out by itself
pages.py      a page in every encoding
serving.py    the door in front of Django
until_changed.py   rows that are remembered until they change
"""
