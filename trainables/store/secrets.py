"""What may not be shown or stored: passwords and tokens inside of URLs."""

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "***"
MIN_TOKEN = 20
# scheme://user:password@host, scheme://token@host, with one slash where it was taken for a path; then
# ?token=...&key=... of any URL.
_SCHEME = r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,30}:/{1,2})"
# People do not quote what a URL would need quoted: after `user:` all is the password up to the last @ of the word, or,
# where the word has none and this is no port and no end of a sentence (`http://host: refused`), to the next one
# before another URL.
_PASSWORD = re.compile(
    _SCHEME + r"(?P<user>[^\s/?#@:]*):(?:\S{0,4000}@|(?<=[^/]:)(?!\s|\d{1,5}\b|PORT\b)(?:(?!://)[^\n@]){1,200}@)"
)
_AUTHORITY = re.compile(_SCHEME + r"(?P<who>[^\s/?#'\"]*)@")
_QUERY = re.compile(
    r"(?P<key>[?&;][A-Za-z0-9_.-]*(?:pass|pwd|secret|token|sig|signature|credential|api_?key|access_?key)[A-Za-z0-9_.-]*=)"
    r"(?P<value>[^\s&;#'\"]+)",
    re.IGNORECASE,
)


def redacted(text: str) -> str:
    """`text` with the password of every URL in it, or the token that stands in its place, as ***."""
    text = _PASSWORD.sub(rf"\g<scheme>\g<user>:{HIDDEN}@", text)
    return _QUERY.sub(rf"\g<key>{HIDDEN}", _AUTHORITY.sub(_hide, text))


def holds_secret(text: str) -> bool:
    """Whether `redacted` would change it."""
    return redacted(text) != text


def paths_of_secrets(value: Any, path: str = "") -> list[str]:
    """Dotted paths of the texts in plain data (mappings, lists) that hold a secret."""
    if isinstance(value, str):
        return [path] if holds_secret(value) else []
    if isinstance(value, Mapping):
        items = [(f"{path}.{key}" if path else str(key), item) for key, item in value.items()]
    elif isinstance(value, list | tuple):
        items = [(f"{path}[{i}]", item) for i, item in enumerate(value)]
    else:
        return []
    return [found for where, item in items for found in paths_of_secrets(item, where)]


def _hide(match: re.Match[str]) -> str:
    user, colon, _ = match["who"].partition(":")
    # A name alone (ssh://me@host) is no secret; one that is as long as a token is.
    if colon:
        return f"{match['scheme']}{user}:{HIDDEN}@"
    return match[0] if len(user) < MIN_TOKEN else f"{match['scheme']}{HIDDEN}@"
