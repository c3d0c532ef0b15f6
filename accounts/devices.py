"""A browser and its system in two coarse words: all that is kept of a User-Agent."""

# The first that is found counts: most browsers name several others.
BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Macintosh": "Mac",
    "Linux": "Linux",
}


def words_of(user_agent: str) -> str:
    """`Firefox, Windows`; a word that is not known is left out. No version and no model."""
    found = (_first(BROWSERS, user_agent), _first(SYSTEMS, user_agent))
    return ", ".join(word for word in found if word)


def _first(words: dict[str, str], text: str) -> str:
    return next((word for sign, word in words.items() if sign in text), "")
