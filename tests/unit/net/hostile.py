"""A hundred addresses that lead to this machine, to its neighbours, or nowhere; none may be connected to."""

from collections.abc import Sequence
from ipaddress import ip_address
from socket import gaierror

from rhapsode.net.addresses import Address
from rhapsode.net.dialing import look_up

NAMES = {
    "private.example": ["10.0.0.1"],
    "here.example": ["127.0.0.1"],
    "here6.example": ["::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "both.example": ["93.184.216.34", "127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "6to4.example": ["2002:7f00:1::"],
    "nobody.example": [],
    "localhost.": ["127.0.0.1"],
    "127.0.0.1.": ["127.0.0.1"],
    "2130706433.": ["127.0.0.1"],
    "xn--hre-6la.example": ["127.0.0.1"],
}
"""Names that somebody else's DNS could have."""

HOSTS = (
    # This machine, as people write it
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "localhost",
    "LOCALHOST",
    "0",
    "0.0.0.0",
    # The same in other bases
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7f.1",
    "0X7F.0x0.0x0.0x1",
    "0177.0.0.1",
    "0177.0.0.01",
    "017700000001",
    "00000000000000000000000177.0.0.1",
    "127.0.0.0x1",
    "127.0x0.0.1",
    # In other scripts
    "127。0。0。1",
    "127．0．0．1",
    "127｡0｡0｡1",
    "１２７.0.0.1",
    "①②⑦.⓪.⓪.①",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "ｌｏｃａｌｈｏｓｔ",
    "loc\u00adalhost",
    "hère.example",
    # In IPv6
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::127.0.0.1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[::1%25lo]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fec0::1]",
    "[ff02::1]",
    "[2001:db8::1]",
    # Neighbours, and the metadata of clouds
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.170.2",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "100.100.100.200",
    "100.64.0.1",
    "168.63.129.16",
    "192.0.0.192",
    "198.18.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    # Names
    *NAMES,
)

ODD = (
    "",
    "http://",
    "http:///path",
    "127.0.0.1",
    "//127.0.0.1:{port}/",
    "http:127.0.0.1:{port}",
    "http:/127.0.0.1:{port}/",
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_GET",
    "dict://127.0.0.1:{port}/",
    "data:text/plain,hello",
    "jar:http://127.0.0.1:{port}/!/",
    "unix:/run/docker.sock",
    "javascript:alert(1)",
    "ws://127.0.0.1:{port}/",
    "http://someone@127.0.0.1:{port}/",
    "http://nowhere.example:80@127.0.0.1:{port}/",
    "http://someone:secret@nowhere.example/",
    "http://:secret@127.0.0.1:{port}/",
    "http://nowhere.example#@127.0.0.1:{port}/",
    "http://nowhere.example\\@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@nowhere.example/",
    "http://127.0.0.1:{port}%2f@nowhere.example/",
    "http://127.0.0.1 :{port}/",
    "http://127.0.0.1\t:{port}/",
    "http://127.0.0.1\n:{port}/",
    "http://127.0.0.1\x00.example:{port}/",
    "\x00http://127.0.0.1:{port}/",
    "http://127.0.0.1:0{port}/",
    "http://127.0.0.1:65536{port}/",
    "http://127.0.0.1:-1/",
    "http://127.0.0.1:/",
    "http://127.0.0.1:{port}/\r\nHost: nowhere.example",
    "http://[127.0.0.1]:{port}/",
    "http://[::1:{port}/",
    "http://[/",
    "http://127.0.0.1:{port}?@nowhere.example/",
    "http://1.1.1.1:22/",
    "http://1.1.1.1:6379/",
    "https://1.1.1.1:8443/",
    "http://" + "a" * 300 + ".example/",
    "http://" + "a." * 900 + "example/",
    "http://127.0.0.1:{port}/" + "a" * 3000,
)


def addresses_for(port: int) -> list[str]:
    """Every address, with a port where a server may be listening, and on the usual ones."""
    return [
        *(f"http://{host}:{port}/" for host in HOSTS),
        *(f"http://{host}/" for host in HOSTS),
        *(f"https://{host}/" for host in HOSTS),
        *(url.replace("{port}", str(port)) for url in ODD),
    ]


def find_hostile(host: str, limit_s: float) -> Sequence[Address]:
    """A `LookUp` that knows the names above, and else only what this machine knows without asking anybody."""
    if host in NAMES:
        return [ip_address(address) for address in NAMES[host]]
    last = host.rpartition(".")[2]
    if host == "localhost" or ":" in host or last.isdecimal() or last.startswith("0x"):
        return look_up(host, limit_s)
    raise gaierror
