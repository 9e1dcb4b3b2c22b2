"""Opens sockets to public IP addresses only, so that no URL in NOTIFY_URLS leads to services behind the firewall.

aiohttp calls it after the look-up of a name, with each IP address before it connects. So a name cannot lead to another
IP address between the check and the connection.
"""

from __future__ import annotations

import ipaddress
import socket

from aiohttp import AddrInfoType

_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""Addresses outside of it may stand for IPv4 addresses, such as `::ffff:127.0.0.1` and `64:ff9b::7f00:1`."""
_PLATFORM = ipaddress.ip_address("168.63.129.16")
"""Azure's own services for virtual machines, such as DNS. Source: "What is IP address 168.63.129.16?"."""


def is_public(address: str) -> bool:
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        return found.is_global and found in _GLOBAL_UNICAST
    return found.is_global and not found.is_multicast and found != _PLATFORM


def public_socket(info: AddrInfoType) -> socket.socket:
    """A socket for a public address. Raises PermissionError for any other; as an OSError it fails the connection."""
    family, kind, protocol, _, address = info
    if not is_public(str(address[0])):
        raise PermissionError("the IP address is not public")
    return socket.socket(family, kind, protocol)
