"""URLs that must never be fetched, by class, and ranges whose edges are tested."""

from typing import Final

_IPV4_LITERALS = """
    127.0.0.1 127.0.1 127.1 0x7f000001 0x7f.1 0x7f.0.0.1 0177.0.0.1 017700000001 2130706433
    127.0.0.1. 127.0.0.01 127.255.255.254 0 00 0x 0x0 0.0.0.0 0.1.2.3 10.1 10.255.255.255 012.0.0.1
    172.16.0.1 172.31.255.255 192.168.1.1 192.168.257 0xc0a80101 3232235777
    169.254.169.254 169.254.43518 0xa9fea9fe 0xa9.0xfe.0xa9.0xfe 2852039166 0251.0376.0251.0376
    169.254.170.2 169.254.169.253 100.64.0.1 100.100.100.200 100.127.255.254 168.63.129.16
    192.0.0.8 192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.7 203.0.113.1 192.88.99.1 224.0.0.1
    239.255.255.255 240.0.0.1 255.255.255.255 8.8.8.8 134744072 256.256.256.256 1.2.3.4.5
    4294967296 99999999999999999999
"""
_IPV6_LITERALS = """
    ::1 :: 0:0:0:0:0:0:0:1 0000:0000:0000:0000:0000:0000:0000:0001 ::ffff:7f00:1
    ::ffff:a9fe:a9fe ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::FFFF:127.0.0.1
    ::169.254.169.254 ::127.0.0.1 ::ffff:0:127.0.0.1 ::ffff:0:a9fe:a9fe
    64:ff9b::169.254.169.254 64:ff9b::7f00:1 64:ff9b:1::a9fe:a9fe 2002:7f00:1:: 2002:a9fe:a9fe::
    2002:a00:1::1 2001:0:4136:e378:8000:63bf:80ff:fffe 2001:0:7f00:1::1
    2600:1::200:5efe:10.0.0.1 2600:1::5efe:a00:1 2600:1::5efe:7f00:1
    fe80::1%25lo fe80::1%25eth0 fe80::1 febf::1 fd00:ec2::254 fd00::1 fc00::1 fec0::1 feff::1
    ff01::1 ff02::1 ff05::2 ff0e::1 2001:db8::1 5f00::1 2001:20::1 2001:10::1 2001:2::1 2001:3::1
    100::1 100:0:0:1::1 3fff::1 2620:4f:8000::1 4000::1 2606:4700::1111 ::1%251 1::2::3
"""
# The fold of the long s and of circled letters is "localhost" and "127.0.0.1".
_NAMES = """
    localhost localhost. localhost.. LOCALHOST LocalHost foo.localhost ip6-localhost
    localhost.localdomain loopback ⓛⓞⓒⓐⓛⓗⓞⓢⓣ localho\u017ft ①②⑦.⓪.⓪.① 127。0。0。1
    127\uff0e0\uff0e0\uff0e1 \uff11\uff12\uff17.0.0.1 ⑯⑨。②⑤④。⑯⑨｡②⑤④ %6c%6f%63%61%6c%68%6f%73%74
    127%2e0%2e0%2e1 pub.test%00.com
    kubernetes.default.svc kubernetes.default.svc.cluster.local web.default.svc.cluster db redis
    postgres metadata metadata.google.internal metadata.google.internal. instance-data
    host.docker.internal gateway.docker.internal a.home.arpa 1.0.0.127.in-addr.arpa printer.local
    router.lan intranet.corp fritz.home shop.lan wpad.private x.intranet a.mail shop.invalid
    hidden.onion shop.example a.alt a..com .pub.test -a.com a-.com .com exa$mple.com exa,mple.com
    exa'mple.com pub.test;127.0.0.1 xn--.com \u202epub.test pub\u200d.test.com *.pub.test
"""
_TRICKS = [
    "http://pub.test@127.0.0.1/",
    "http://user:pw@127.0.0.1/",
    "http://user@pub.test/",
    "http://:@pub.test/",
    "http://@pub.test/",
    "http://pub.test%40127.0.0.1/",
    "http://pub.test:80@127.0.0.1/",
    "http://127.0.0.1@pub.test@127.0.0.1/",
    "http://pub.test\\@127.0.0.1/",
    "http://127.0.0.1\\@pub.test/",
    "http:\\\\127.0.0.1\\",
    "http:///127.0.0.1/",
    "http:////127.0.0.1/",
    "http:/127.0.0.1/",
    "http:127.0.0.1/",
    "http://127.0.0.1\t/",
    "http://127.0.0.1\r\n/",
    "http://pub.test\n/",
    "http://pub.test/ x",
    "http://pub.test/\x7f",
    "http://pub.test/\r\nHost: 127.0.0.1",
    "http://pub.test/\x00",
    " http://pub.test/",
    "http://pub.test ",
    "\thttp://pub.test/",
    "http://127.0.0.1:80:80/",
    "http://pub.test:80:80/",
    "http://127.0.0.1?@pub.test/",
    "http://127.0.0.1#@pub.test/",
    "http://127.0.0.1;@pub.test/",
    "http://127.0.0.1&@pub.test#@pub.test/",
    "http://[127.0.0.1]/",
    "http://[pub.test]/",
    "http://[::1",
    "http://::1]/",
    "http://::1/",
    "http://[]/",
    "http://[::1]pub.test/",
    "http://[v1.127.0.0.1]/",
    "http://pub%2etest/",
    "http://",
    "http:///",
    "http://./",
    "http://pub.test/" + "a" * 2048,
    f"http://{'a' * 64}.test/",
    f"http://{'a.' * 130}test/",
    "",
]
_PORTS = """
    http://pub.test:22/ http://pub.test:25/ http://pub.test:3306/ http://pub.test:5432/
    http://pub.test:6379/ http://pub.test:8000/ http://pub.test:8080/ http://pub.test:9200/
    http://pub.test:11211/ http://pub.test:443/ http://pub.test:0/ http://pub.test:081/
    http://pub.test:65536/ http://pub.test:65616/ http://pub.test:91337/ http://pub.test:-1/
    http://pub.test:x/ http://pub.test:\uff18\uff10\uff18\uff10/ http://pub.test:+81/ https://pub.test:2375/
    https://pub.test:8443/ https://pub.test:80/ http://db:5432/ http://127.0.0.1:6379/
"""
_SCHEMES = """
    file:///etc/passwd file://pub.test/etc/passwd FILE:///etc/passwd ftp://127.0.0.1/
    ftp://pub.test/ ftps://pub.test/ sftp://pub.test/ dict://127.0.0.1:11211/stat
    javascript:alert(1) tftp://127.0.0.1/x unix:///var/run/docker.sock http+unix://%2fvar%2frun/
    //127.0.0.1/ //pub.test/ view-source:http://127.0.0.1/ view-source:http://pub.test/
    gopher://127.0.0.1:6379/_x data:text/html,x ldap://pub.test/ smb://pub.test/x
    jar:http://pub.test!/ blob:http://pub.test/x about:blank mailto:a@pub.test ws://pub.test/
    wss://pub.test/ netdoc:///etc/passwd php://filter/x expect://id httpx://pub.test/ pub.test
    /etc/passwd http
"""
ANSWERS: Final = {
    "priv.test": ["10.0.0.5"],
    "meta.test": ["169.254.169.254"],
    "mixed.test": ["93.184.216.34", "127.0.0.1"],
    "mixed2.test": ["127.0.0.1", "93.184.216.34"],
    "v6loop.test": ["::1"],
    "pubv4-loopv6.test": ["93.184.216.34", "::1"],
    "mapped.test": ["::ffff:10.0.0.1"],
    "mapped-public.test": ["::ffff:93.184.216.34"],
    "nat64.test": ["64:ff9b::a9fe:a9fe"],
    "nat64-local.test": ["64:ff9b:1::a00:1"],
    "cgnat.test": ["100.64.0.1"],
    "azure.test": ["168.63.129.16"],
    "isatap.test": ["2600:1::200:5efe:a00:1"],
    "teredo.test": ["2001:0:4136:e378:8000:63bf:80ff:fffe"],
    "sixtofour.test": ["2002:a9fe:a9fe::1"],
    "unspecified.test": ["0.0.0.0"],
    "unspecified6.test": ["::"],
    "broadcast.test": ["255.255.255.255"],
    "multicast.test": ["224.0.0.251"],
    "unique.test": ["fd00:ec2::254"],
    "linklocal.test": ["fe80::1"],
    "scoped.test": ["fe80::1%eth0"],
    # Four addresses of a name are tried, and all are judged.
    "fifth.test": [*(f"93.184.216.{n}" for n in range(34, 38)), "127.0.0.1"],
    "no-address.test": ["pub.test"],
}
_REDIRECTS = """
    http://127.0.0.1/ http://2130706433/ http://0x7f.1/ http://[::1]/
    http://[::ffff:169.254.169.254]/ http://169.254.169.254/latest/meta-data/ http://localhost/
    gopher://127.0.0.1:6379/_x file:///etc/passwd file:///etc javascript:alert(1) data:text/html,x
    //127.0.0.1/ //localhost/  http://user@127.0.0.1/
    http://user:pw@pub.test/ http://pub.test:8080/ //pub.test:22/ https://pub.test:80/
    http://priv.test/ http://mixed.test/ http://meta.test/ http://fifth.test/ http://db/
    http://①②⑦.⓪.⓪.①/ http://pub.test@127.0.0.1/
"""
CLASSES: Final = {
    "ipv4": [f"http://{literal}/" for literal in _IPV4_LITERALS.split()],
    "ipv6": [f"http://[{literal}]/" for literal in _IPV6_LITERALS.split()],
    "names": [f"http://{name}/" for name in _NAMES.split()],
    "tricks": _TRICKS,
    "ports": _PORTS.split(),
    "schemes": _SCHEMES.split(),
    "answers": [f"http://{name}/" for name in ANSWERS],
}
REFUSED_REDIRECTS: Final = _REDIRECTS.split()

# (first, last) of each range that is not public.
_RANGES = """
    0.0.0.0-0.255.255.255 10.0.0.0-10.255.255.255 100.64.0.0-100.127.255.255
    127.0.0.0-127.255.255.255 168.63.129.16-168.63.129.16 169.254.0.0-169.254.255.255
    172.16.0.0-172.31.255.255 192.0.0.0-192.0.0.255 192.0.2.0-192.0.2.255
    192.31.196.0-192.31.196.255 192.52.193.0-192.52.193.255 192.88.99.0-192.88.99.255
    192.168.0.0-192.168.255.255 192.175.48.0-192.175.48.255 198.18.0.0-198.19.255.255
    198.51.100.0-198.51.100.255 203.0.113.0-203.0.113.255 224.0.0.0-239.255.255.255
    240.0.0.0-255.255.255.255
    ::-1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
    2001::-2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff
    2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff
    2002::-2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff
    2620:4f:8000::-2620:4f:8000:ffff:ffff:ffff:ffff:ffff
    3fff::-3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff
    4000::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
    2600::5efe:0:0-2600::5efe:ffff:ffff 2600::200:5efe:0:0-2600::200:5efe:ffff:ffff
    ::ffff:0:0-::ffff:ffff:ffff 64:ff9b::-64:ff9b::ffff:ffff fe80::1%eth0-2606:4700::1%eth0
"""
RANGES: Final = [edge.split("-") for edge in _RANGES.split()]
# The neighbours of those ranges, and what only looks like one of them.
_PUBLIC = """
    1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0
    168.63.129.15 168.63.129.17 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0
    191.255.255.255 192.0.1.0 192.0.1.255 192.0.3.0 192.31.195.255 192.31.197.0 192.52.192.255
    192.52.194.0 192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0 192.175.47.255 192.175.49.0
    198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255
    2000:: 2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2001:200:: 2001:200::1
    2001:db7:ffff:ffff:ffff:ffff:ffff:ffff 2001:db9:: 2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff
    2003:: 2003::1 2620:4f:7fff:ffff:ffff:ffff:ffff:ffff 2620:4f:8001:: 3ffe::1
    3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff 3fff:1000:: 3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
    2600::5efd:ffff:ffff 2600::5eff:0:0 2600::201:5efe:0:0 2600:1::a00:1 2606:4700::1111
    2600::7f00:1 2a00:1450:4001::a9fe:a9fe
"""
PUBLIC_EDGES: Final = _PUBLIC.split()
