"""What others took on such a machine of two cores, measured apart from any run of this suite.

WordPress 6.1.9 with PHP 8.2, MariaDB 10.11 and nginx 1.22; Isso 0.14; django-comments-xtd 2.10 on
Django 5.2: server with its database on one core, load on the other, the same article with N
comments, wrk 4.1, medians of three. Ratios within one run hold; absolute figures are an order.
"""

WORDPRESS, XTD, ISSO = "WordPress 6.1, no page cache", "django-comments-xtd 2.10", "Isso 0.14"

# p50 in milliseconds of one request at a time, by number of comments.
P50_MS = {
    WORDPRESS: {1: 23.82, 100: 162, 1000: 1316, 10000: 13527},
    XTD: {1: 7.62, 100: 28.66, 1000: 232, 10000: 2291},
    "Isso 0.14 (JSON)": {1: 3.76, 100: 63.58, 1000: 602, 10000: 9546},
}
# The limits in those runs, to carry the figures over to the machine at hand.
NGINX_P50_MS = {1: 0.057, 100: 0.056, 1000: 0.079, 10000: 0.122}
HELLO_PER_SECOND_16 = 28_197
MICROCACHE_PER_SECOND_16 = 11_732
# Accepted comments in a second, eight connections.
WRITES = {ISSO: 450, XTD: 116, "Ghost 5": 110, "WordPress 6.1": 108}
# Processor time for one request with 100 comments.
CPU_MS_100 = {WORDPRESS: 181, XTD: 30.3}
