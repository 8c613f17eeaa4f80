"""Text encoding of a file: byte order mark, UTF-8, UTF-16 without mark, else a code page.

Code pages are scored on the lines that are not UTF-8: letters that are common in the languages
of the page, case and script consistent within words, and the country domains in the text.
charset-normalizer is wrong too often on the few hundred non-ASCII bytes of a list of names.
"""

import codecs
import re
from collections import Counter
from itertools import pairwise
from string import ascii_letters
from typing import Final, NamedTuple

import idna

from clustering.pipeline.domains import Source, opened
from clustering.pipeline.domains.suffixes import is_top_level
from clustering.pipeline.errors import UnreadableUpload

SNIFFED_BYTES: Final = 1 << 16
MAX_LINE_BYTES: Final = 1 << 20
NOT_TEXT: Final = (
    "The file is not text. Upload a list (CSV, TXT, XLSX, ODS, JSON, HTML, Parquet) "
    "or a ZIP of images"
)

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE: Final = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


class CodePage(NamedTuple):
    """A candidate: its name for users, its common letters, its country domains."""

    title: str
    common: str
    countries: str = ""


_CYRILLIC: Final = "оеаинтсрвлкмдпуОЕАИНТСРВЛКМДПУ"
_RUSSIA: Final = "ru su by ua bg rs kz mk"
_LATIN_1: Final = "äöüßéèàçñáíóúâêîôûëïåøæÄÖÜÉÅØÆÇœãõ"
_VIETNAMESE: Final = "ăâđêôơưàáéèíóúùĐ\u0300\u0301\u0303\u0309\u0323"
CODE_PAGES: Final = {
    "cp1252": CodePage("Windows-1252", _LATIN_1, "de at ch fr it es pt nl se no dk fi be is br"),
    "cp1251": CodePage("Windows-1251 (Cyrillic)", _CYRILLIC, _RUSSIA),
    "cp1250": CodePage(
        "Windows-1250 (Central European)",
        "ąćęłńóśźżčďěňřšťůžýáéíúőűäöüăâîţşđŁŚŻČŘŠŽ",
        "pl cz sk hu ro si hr ba al",
    ),
    "cp1253": CodePage("Windows-1253 (Greek)", "αεηιοστνρκλμπυςάέήίόύώΑΕΗΙΟΣΤΝΡΚΛΜΠ", "gr cy"),
    "cp1254": CodePage("Windows-1254 (Turkish)", "çğıöşüİĞŞÇÖÜ", "tr az"),
    "cp1255": CodePage("Windows-1255 (Hebrew)", "אבגדהוזחטיכלמנסעפצקרשתםןץףך", "il"),
    "cp1256": CodePage("Windows-1256 (Arabic)", "ابتثجحدرزسشصطعغفقكلمنهويةأإى", "sa ae eg ir ma"),
    "cp1257": CodePage("Windows-1257 (Baltic)", "āčēģīķļņšūžąęėįųŠŽČ", "lt lv ee"),
    "cp1258": CodePage("Windows-1258 (Vietnamese)", _VIETNAMESE, "vn"),
    "iso8859_2": CodePage("ISO 8859-2 (Central European)", "ąśźĄŚŹľšťžŠŽ", "pl cz sk hu ro si hr"),
    "iso8859_5": CodePage("ISO 8859-5 (Cyrillic)", _CYRILLIC, _RUSSIA),
    "koi8_u": CodePage("KOI8 (Cyrillic)", _CYRILLIC, _RUSSIA),
    "cp866": CodePage("CP866 (Cyrillic)", _CYRILLIC, _RUSSIA),
    "cp850": CodePage("CP850", _LATIN_1, "de at ch fr it es"),
    "mac_roman": CodePage("Mac Roman", _LATIN_1, "de at ch fr it es"),
    "cp874": CodePage("Windows-874 (Thai)", "กขคงจชดตถทนบปพมยรลวสหอาเแโไิีุู่้ั", "th"),
    "gb18030": CodePage("GB18030 (Chinese)", "", "cn"),
    "big5": CodePage("Big5 (Chinese)", "", "tw hk"),
    "cp932": CodePage("Shift-JIS (Japanese)", "", "jp"),
    "euc_jp": CodePage("EUC-JP (Japanese)", "", "jp"),
    "cp949": CodePage("EUC-KR (Korean)", "", "kr"),
}  # fmt: skip
# Lead bytes of the frequent characters of each double-byte set.
_FREQUENT_LEADS: Final = {
    "gb18030": (0xB0, 0xD7),
    "big5": (0xA4, 0xC6),
    "cp932": (0x81, 0x97),
    "euc_jp": (0xA4, 0xCF),
    "cp949": (0xB0, 0xC8),
}
_LATIN_LETTERS: Final = frozenset(ascii_letters.encode())
_PUNCTUATION: Final = frozenset("“”„‘’‚–—…€£©®™°§«»·•\u00a0\u00ad&´|")
_WORD: Final = re.compile(r"[^\W\d_]+")
_COUNTRY: Final = re.compile(rb"\.([A-Za-z]{2})(?![A-Za-z0-9-])")
_HOST: Final = re.compile(r"(?<![\w.-])[^\s.,;|<>\"'@/]{2,63}\.([^\W\d_]{2,24})(?![\w.-])")
_ONLY_FINAL: Final = re.compile("[ςךםןףץ](?=\\w)")


class Encoding(NamedTuple):
    """How to decode a file; of a mixed one, only the lines that are not UTF-8."""

    codec: str
    is_mixed: bool = False
    warning: str = ""


def detect(source: Source) -> Encoding:
    """Return the encoding of ``source``.

    Raises:
        UnreadableUpload: if it is not text.
    """
    with opened(source) as file:
        head = file.read(SNIFFED_BYTES)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return Encoding(name)
    if b"\0" in head and (wide := _wide(head)):
        return Encoding(wide)
    if b"\0" in head and not _is_padded_text(head):
        raise UnreadableUpload(NOT_TEXT)
    if b"\x1b$" in head:
        return Encoding("iso2022_jp")
    others, has_utf8 = _lines_not_utf8(source)
    if not others:
        return Encoding("utf-8")
    codec = guess(others)
    title = CODE_PAGES[codec].title
    reading = "letters with accents were" if codec == "cp1252" else "it was"
    warning = f"The file is not UTF-8; {reading} read as {title}"
    return Encoding(codec, is_mixed=has_utf8, warning=warning)


def _wide(head: bytes) -> str:
    """Return UTF-16 or UTF-32 without a byte order mark: all is printable, some of it ASCII.

    In the other byte order ASCII becomes Chinese, and line ends are no characters.
    """
    start = head[: len(head) & ~3][:4096]
    for codec in _WIDE:
        try:
            text = start.decode(codec)
        except UnicodeDecodeError:
            continue
        is_printable = all(char.isprintable() or char in "\r\n\t\ufeff\u200b\xad" for char in text)
        if is_printable and sum(map(str.isascii, text)) > len(text) * 0.05:
            return codec
    return ""


def _is_padded_text(head: bytes) -> bool:
    """Whether NULs are only padding: what is left is text."""
    text = head.replace(b"\0", b"")
    n_control = sum(byte < 32 and byte not in b"\t\r\n\x0b\x0c" for byte in text)
    return len(text) > 3 and not n_control and b"." in text and b"\0" not in head[:1]


def _lines_not_utf8(source: Source) -> tuple[bytes, bool]:
    """Return the first lines that are not UTF-8, and whether others with non-ASCII are."""
    others = bytearray()
    has_utf8 = False
    with opened(source) as file:
        while line := file.readline(MAX_LINE_BYTES):
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                has_utf8 = True
            except UnicodeDecodeError as error:
                if len(line) == MAX_LINE_BYTES and error.start > len(line) - 4:
                    continue  # cut in the middle of a character
                others += line
                if len(others) > SNIFFED_BYTES:
                    break
    return bytes(others), has_utf8


def guess(data: bytes) -> str:
    """Return the code page that makes the most likely words of ``data``."""
    countries = Counter(match.lower().decode() for match in _COUNTRY.findall(data))
    n_bytes = sum(byte > 127 for byte in data)
    best, best_score = "cp1252", -float(len(data))
    for codec, page in CODE_PAGES.items():
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            if codec != "cp1252":
                continue
            text = data.decode(codec, "replace")
        n_here = sum(countries[name] for name in page.countries.split())
        prior = 0.5 * n_bytes * n_here / max(1, countries.total())
        score = prior + (
            _score_double(data, codec) + _score_hosts(text)
            if codec in _FREQUENT_LEADS
            else _score(text, page.common)
        )
        if score > best_score + 1e-9:
            best, best_score = codec, score
    return best


def _score(text: str, common: str) -> float:
    score = 0.0
    for char, count in Counter(text).items():
        if char.isascii():
            continue
        if char in common:
            score += count
        elif char.isalpha():
            score += 0.3 * count
        elif char not in _PUNCTUATION:
            score -= 2 * count if char.isprintable() else 4 * count
    for word in _WORD.findall(text):
        if not word.isascii():
            score -= _oddity(word)
    return score + _score_hosts(text) - len(_ONLY_FINAL.findall(text))


def _score_hosts(text: str) -> float:
    """Return a bonus for top-level domains in other scripts, a penalty for marks in a host."""
    score = 0.0
    for host in _HOST.finditer(text):
        if host[0].isascii():
            continue
        try:
            suffix = idna.encode(host[1], uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            suffix = ""
        score += 3.0 if is_top_level(suffix) and not host[1].isascii() else 0.0
        score -= 0.0 if is_top_level(suffix) else 3.0
        score -= 2.0 * sum(not (char.isalnum() or char in "-_") for char in host[0].split(".")[0])
    return score


def _oddity(word: str) -> float:
    """Return a penalty for mixed scripts, capitals inside words, and runs of accents."""
    latin = sum(char < "\u0250" for char in word)
    mixed = 2.0 * min(latin, len(word) - latin)
    turns = sum(a.islower() and b.isupper() for a, b in pairwise(word))
    accents = sum("\x7f" < char < "\u0250" for char in word)
    return mixed + 2.0 * turns + (accents if accents > max(2, len(word) / 2) else 0.0)


def _score_double(data: bytes, codec: str) -> float:
    """Return the score of a double-byte set: frequent characters against rare ones."""
    low, high = _FREQUENT_LEADS[codec]
    score, index = 0.0, 0
    before = b""
    while index < len(data):
        if data[index] < 0x80:
            before = data[index : index + 1]
            index += 1
            continue
        if codec == "cp932" and 0xA0 < data[index] < 0xE0:  # half-width katakana
            score -= 1.0
            before = b""
            index += 1
            continue
        trail = data[index + 1] if index + 1 < len(data) else 0
        is_frequent = low <= data[index] <= high and (trail >= 0x80 or codec in ("big5", "cp932"))
        score += (1.7 if codec == "cp949" else 1.6) if is_frequent else -1.5
        # An accented letter inside a Latin word looks like a character that begins or ends in it.
        beside = before + data[index + 2 : index + 3]
        score -= 2.0 * sum(byte in _LATIN_LETTERS for byte in beside)
        before = b""
        index += 2
    return score
