"""MD5 hashes of default icons of hosting panels, CMSs and icon services.

They are published as MD5; this is not a security feature. One line per file, in any order.

Sources: public reports of the globe that Google's icon service returns; Nmap's ``favicon-db``, of
which only defaults of hosting panels and servers are listed, not icons that can be a site's logo.
"""

from collections.abc import Mapping
from typing import Final

GLOBE: Final = "globe"
DEFAULT_ICON: Final = "default_icon"

_GLOBES: Final = """
    b8a0bf372c762e966cc99ede8682bc71
    bd292eb2e8187dd045a7d1ddf15b7f5a
    3ca64f83fdcf25135d87e08af65e68c9
"""
_DEFAULT_ICONS: Final = """
    9ceae7a3c88fc451d59e24d8d5f6f166  Plesk
    dcea02a5797ce9e36f19b7590752563e  Plesk
    64ca706a50715e421b6c2fa0b32ed7ec  Plesk
    1ce0c63f8bd1e5d3376ec0ae95a41c08  Plesk
    d99217782f41e71bcaa8e663e6302473  Plesk
    ec49973c1991bf39fcdb53260467f39f  Parallels
    a34dea4bd04bdb816bea176619c29063  Confixx
    af999538cd3d4d0370f3ea92e0a6070f  H-Sphere
    63b982eddd64d44233baa25066db6bc1  Joomla
    ceddc34cbec02d74fe40368e2dc1fa90  Mambo
    e6a9dc66179d8c9f34288b16a02f987e  Drupal
    fa54dbf2f61bd2e0188e47f5f578f736  WordPress
    5b0e3b33aa166c88cee57f83de1d4e55  DotNetNuke
    389a8816c5b87685de7d8d5fec96c85b  XOOPS
    4eb846f1286ab4e7a399c851d7d84cca  Plone
    10bd6ad7b318df92d9e9bd03104d9b80  Plone
    2c338c26309e13987d315d85f499d7f2  e107
    c1201c47c81081c7f0930503cae7f71a  vBulletin
    59a0c7b6e4848ccdabcea0636efda02b  Blogger
    3829c84b91013773dcc4b080e1829b8d  TypePad
    f30b5ed270a57eabea60beb935e2b800  FC2
    6f767458b952d4755a795af0e4e0aa17  Yahoo hosting
    e1e8bdc3ce87340ab6ebe467519cf245  Bluehost
    4ee75ca12a52425b9514ee6de25d23fe  HostMonster
    7194d8afd9e3a6dd0048149c3f66d60a  Endurance
    6c4ec806c82ab04d6b7d857e6fb68f95  Doteasy
    df055c65114b64b29ea68721fcdf9039  Online.net
    a31552d4fcc0ea68d69153e458fe6ab2  Google Page Creator
    d6c8358104c64b2a3415f2f779c01ef2  Google Sites
    ca79aba701b8ed97d4505bcd766df6f3  Parked.com
    1cdecc190b122a232e64945332de0546  DomainSponsor
    4644f2d45601037b8423d45e13194c93  Tomcat
    ff2c8612b75b5f9a6175e016fe4aa609  Apache
    73778a17b0d22ffbb7d6c445a7947b92  Apache
    a28ebcac852795fe30d8e99a23d377c1  Sun ONE
    b25dbe60830705d98ba3aaf0568c456a  iPlanet
"""


def _parse_hashes(text: str) -> list[str]:
    return [line.split()[0] for line in text.strip().splitlines()]


KIND_BY_MD5: Final[Mapping[str, str]] = {
    **dict.fromkeys(_parse_hashes(_GLOBES), GLOBE),
    **dict.fromkeys(_parse_hashes(_DEFAULT_ICONS), DEFAULT_ICON),
}
