"""Repairs of a cell before it is split: encodings, markup, defanged and decorated addresses."""

import html
import re
from enum import StrEnum
from typing import Final
from urllib.parse import unquote

from clustering.pipeline.domains.suffixes import is_top_level

MAX_MARKUP_CHARS: Final = 20_000  # of a cell that is searched for links


class Change(StrEnum):
    """What was done to a cell beyond normalisation; the value completes "in 3 cells"."""

    EMAIL = "E-mail addresses: the part after @ was taken"
    SEVERAL = "Several domains in one cell: each was taken"
    TEXT = "Other text beside the domain was ignored"
    LINK = "Links in Markdown or HTML: the target was taken"
    RULE = "Wildcards and filter marks (*.  ||  ^) were removed"
    DEFANGED = "Defanged addresses (hxxp, [.]) were restored"
    ADDRESS = "Misspelt or nested address prefixes (http:/, view-source:) were repaired"
    ENTITY = "HTML entities (&amp;) were decoded"
    MOJIBAKE = "Wrongly decoded letters (Ã¼ for ü) were repaired"
    QUOTED = "Letters written as in mails (=C3=BC for ü) were decoded"
    INVISIBLE = "Invisible characters were removed"
    HYPHEN = "Typographic hyphens were replaced by -"
    FORMULA = "Formulas of spreadsheets: the address in them was taken"


_INVISIBLE: Final = re.compile(  # with marks of direction, and colours of terminals
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
    r"|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
    r"|\x1b\[[0-9;]*[A-Za-z]|^\0+|\0+$"
)
_CONTROL: Final = re.compile("[\0\x1b]")
ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,12});")
_MOJIBAKE: Final = re.compile(r"[ÂÃÄÅÎÏÐÑØÙâãð][^\x00-\x7f]")
_QUOTED_LETTERS: Final = re.compile(r"(?:=[89A-F][0-9A-F])+")
_QUOTED_HOST: Final = re.compile(  # of mails: m=C3=BCller.de, m=FCller.de
    r"(?<![\w=?&])(?:[\w.-]{0,63}[a-z])?(?:=[89A-F][0-9A-F]){1,20}(?=[a-z.-])[\w.=-]{0,200}\.[a-z]{2,20}(?!\w)"
)
_ANCHOR: Final = re.compile(
    r"<a\s[^<>]{0,500}?href\s*=\s*[\"']?([^\"'\s<>]{1,2048})[^<>]{0,500}>[^<>]{0,500}(?:</a>)?",
    re.I,
)
_TAG: Final = re.compile(r"</?[a-z][a-z0-9]{0,9}(?:\s[^<>]{0,1000})?/?>", re.I)
_MARKDOWN: Final = re.compile(
    r"!?\[([^\[\]]{0,300})\]\(\s{0,5}<?([^()\s<>]{1,2048})>?[^()]{0,300}\)"
)
_DEFANGED_DOT: Final = re.compile(
    r"\s?[\[({<]\s?(?:\.|dot)\s?[\])}>]\s?|(?<=\w)(?:\[\.|\.\])(?=\w)", re.I
)
_DEFANGED_AT: Final = re.compile(r"\s?[\[({]\s?(?:@|at)\s?[\])}]\s?", re.I)
_DEFANGED_SCHEME: Final = re.compile(
    r"\bh(?:xx|\*\*|XX)p(s?)(?=\W)|\[(:(?://)?|//?)\]|\[(://)", re.I
)
_MAILBOX: Final = re.compile(
    r"(?:\"[^\"<>]{0,200}\"|[^<>;,\"\n]{0,200})\s?<\s?(?:mailto:)?([^<>\s@]{1,200}@[^<>\s]{1,300})\s?>"
)
_FORMULA: Final = re.compile(
    r"(?<!\w)=\s?(?:\w+\(\s*\"+((?:https?://|www\.)[^\"\s]{1,2048})\"+[^()]{0,500}\)?|\"+([^\"\s]{1,2048})\"+)",
    re.I,
)
_EMPHASIS: Final = re.compile(
    r"(?<![\w.*~`-])(?!\*://)(\*{1,3}|_{1,3}|~~|`{1,3})(?=\S)([^*~`]{3,300}?)(?<=\S)\1(?![\w*~`-])"
)
_RUN_ON: Final = re.compile(r"((?:^|//)[^\s/:]{1,253}\.[a-z]{2,20})(?=https?://)", re.I)
_PIPED: Final = re.compile(  # of Slack and wikis
    r"[<\[]{1,2}((?:https?:)?//[^|<>\s\[\]]{1,2048})\|[^<>|\[\]]{0,300}[>\]]{1,2}"
)
_ESCAPED_BREAK: Final = re.compile(r"(\.[a-z]{2,20}/?)(?:\\[rnt])+", re.I)
_ESCAPED_ADDRESS: Final = re.compile(r"(?<!\S)https?%3A%2F%2F\S+", re.I)
_ESCAPED_ENDS: Final = re.compile(  # blanks and line ends
    r"(?<!\S)(?:%(?:20|0a|0d|09|c2%a0))+|(?<=\w)(?:%(?:20|0a|0d|09|c2%a0))+(?!\S)", re.IGNORECASE
)
_JOINED: Final = re.compile(r"(\.[a-z]{2,20}/?)[·•∙・→⇒](?=\w)", re.I)
_ESCAPED_LETTER: Final = re.compile(r"\\u00([a-f][0-9a-f])", re.I)  # of JSON
_ESCAPED_MARK: Final = re.compile(r"\\([.:/_-])(?=[\w/\\]|$)")
_SPELT_DOT: Final = re.compile(r"(?<=[\w-])\s(?:DOT|PUNKT)\s(?=[\w-]+)|(?<=\w)\sdot\s(?=\w+\s*$)")
_HYPHENS: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2212\ufe63\uff0d", "-"))
_WIDE: Final = str.maketrans("：／＠？＃＝＆", ":/@?#=&")  # of East Asian keyboards
_PROBED: Final = re.compile(r"^(\s*https?://\S+)(?:\s+\[[^\[\]]*\]?)+\s*$", re.I)  # status, title
_DASHED: Final = re.compile(r"([\w.]*\w)\u2013(?=\w)")
_COMMENT: Final = re.compile(r"(?<=\s)(?:#|//|--)(?:\s.*)?$|(?<=\s)#.*$")
_RULE_PREFIX: Final = re.compile(
    r"^\s*(?:@@|(?:domain(?:-suffix|-full)?|host(?:-suffix)?|full)\s*[,:]|(?:address|server|local|ipset|nftset)=/"
    r"|local-zone:|zone|\*://(?:\*\.)?)\s*(?=\S)",
    re.I,
)
_LABEL_PREFIX: Final = re.compile(
    r"(?<![\w.?&/-])(?:view-source|feed|dns|url|uri|web|www|website|webseite|homepage|site|internet)"
    r"\s?[:=]\s?(?=[^\s\d])",
    re.I,
)
_LIST_MARK: Final = re.compile(
    r"^\s*(?:[-*+•·–—>]+\s+|#\d{1,7}[.:)]?\s+|\(?\d{1,7}[.)]\s+|\d{1,7}[)．、）]|\[[ xX]?\]\s+)+"
)


def repaired(cell: str, changes: set[Change]) -> str:
    """Undo encodings, markup and defanging of the whole cell; add to ``changes`` what was done."""
    text = _without_invisible(cell, changes)
    if "&" in text and ENTITY.search(text):
        text = _without_invisible(html.unescape(text), changes)
        changes.add(Change.ENTITY)
    if not text.isascii() and _MOJIBAKE.search(text):
        text = _without_mojibake(text, changes)
    if len(text) > MAX_MARKUP_CHARS:
        return text
    if any(mark in text for mark in ("<", "](", " [")):
        text = _without_markup(text, changes)
    if "|" in text and "//" in text:
        text = noted(_PIPED.sub(r" \1 ", text), text, changes, Change.LINK)
    if "<" in text and "@" in text:
        text = noted(_MAILBOX.sub(r" , <\1> , ", text), text, changes, Change.TEXT)
    text = _without_escapes(text, changes)
    if any(mark in text for mark in "[({<*xX") or _SPELT_DOT.search(text):
        text = _refanged(text, changes)
    text = noted(_EMPHASIS.sub(r"\2", text), text, changes, Change.TEXT)
    text = _with_plain_marks(text, changes)
    text = noted(_RUN_ON.sub(r"\1 ", text), text, changes, Change.ADDRESS)
    text = _JOINED.sub(r"\1 ", text)
    text = noted(_without_comment(text), text, changes, Change.TEXT)
    text = noted(_LIST_MARK.sub("", text), text, changes, Change.TEXT)
    text = noted(_RULE_PREFIX.sub("", text), text, changes, Change.RULE)
    return noted(_LABEL_PREFIX.sub(" ", text), text, changes, Change.ADDRESS)


def _with_letters(host: re.Match[str]) -> str:
    return _QUOTED_LETTERS.sub(_letters, host[0])


def _letters(quoted: re.Match[str]) -> str:
    data = bytes.fromhex(quoted[0].replace("=", ""))
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def noted(new: str, old: str, changes: set[Change], change: Change) -> str:
    """Return ``new``, and add ``change`` if its words differ from those of ``old``."""
    if new.split() != old.split():
        changes.add(change)
    return new


def _without_invisible(text: str, changes: set[Change]) -> str:
    if text.isascii() and not _CONTROL.search(text):
        return text
    stripped = _INVISIBLE.sub("", text)
    if stripped.strip() != text.strip():
        changes.add(Change.INVISIBLE)
    return stripped


def _without_escapes(text: str, changes: set[Change]) -> str:
    """Undo formulas of spreadsheets, letters of mails, and backslashes before marks."""
    if "=" in text:
        plain = _QUOTED_HOST.sub(_with_letters, text)
        text = noted(plain, text, changes, Change.QUOTED)
    if "=" in text and '"' in text:
        text = noted(_FORMULA.sub(r" \1\2 ", text), text, changes, Change.FORMULA)
    if "%" in text:
        text = noted(_ESCAPED_ENDS.sub("", text), text, changes, Change.TEXT)
    if "%3" in text:
        plain = _ESCAPED_ADDRESS.sub(lambda address: unquote(address[0]), text)
        text = noted(plain, text, changes, Change.ADDRESS)
    if "\\" in text:
        plain = _ESCAPED_LETTER.sub(lambda letter: chr(int(letter[1], 16)), text)
        text = noted(plain, text, changes, Change.ADDRESS)
        text = noted(_ESCAPED_BREAK.sub(r"\1 ", text), text, changes, Change.TEXT)
        text = noted(_ESCAPED_MARK.sub(r"\1", text), text, changes, Change.DEFANGED)
    return text


def _with_plain_marks(text: str, changes: set[Change]) -> str:
    """Replace hyphens that word processors insert, and wide marks; a dash between two domains
    separates them.
    """
    if text.isascii():
        return text
    narrow = text.translate(_WIDE)
    plain = _DASHED.sub(_before_dash, narrow.translate(_HYPHENS))
    return noted(plain, narrow, changes, Change.HYPHEN)


def _before_dash(match: re.Match[str]) -> str:
    before = match[1]
    is_domain = "." in before and is_top_level(before.rpartition(".")[2].lower())
    return f"{before} " if is_domain else f"{before}-"


def _without_mojibake(text: str, changes: set[Change]) -> str:
    import ftfy  # 20 ms, for few files

    fixed = ftfy.fix_encoding(text[:MAX_MARKUP_CHARS]) + text[MAX_MARKUP_CHARS:]
    if fixed != text:
        changes.add(Change.MOJIBAKE)
    return fixed


def _without_markup(text: str, changes: set[Change]) -> str:
    """Replace links by their targets, and remove HTML tags."""
    text = noted(_PROBED.sub(r"\1", text), text, changes, Change.TEXT)
    linked = _ANCHOR.sub(r" \1 ", text)
    linked = _MARKDOWN.sub(_target, linked)
    linked = _TAG.sub(" ", linked)
    if linked != text:
        changes.add(Change.LINK)
    return linked


def _target(link: re.Match[str]) -> str:
    label, target = link.groups()
    return f" {target if '.' in target else label} "


def _refanged(text: str, changes: set[Change]) -> str:
    fixed = _SPELT_DOT.sub(".", _DEFANGED_DOT.sub(".", text))
    fixed = _DEFANGED_AT.sub("@", fixed)
    fixed = _DEFANGED_SCHEME.sub(_scheme, fixed)
    if fixed != text:
        changes.add(Change.DEFANGED)
    return fixed


def _without_comment(text: str) -> str:
    """Cut a comment behind an address; in ``Velo -- velo.at`` the dash is none."""
    comment = _COMMENT.search(text)
    return text[: comment.start()] if comment and "." in text[: comment.start()] else text


def _scheme(match: re.Match[str]) -> str:
    secure, mark, opened = match.groups()
    return mark or opened or f"http{secure or ''}"
