"""Where transcripts may be sent: this machine, unless the user says otherwise."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from ...errors import ParameterError


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A server that may be asked.

    Attributes
    ----------
    url : str
        Address to connect to. For a local server its host is a number, so that the name cannot
        lead to another machine by the time of the connection.
    name : str
        The server as the user named it.
    host_header : str or None
        Host and port as named, where `url` has an address instead.
    local : bool
        Whether it is this machine.
    """

    url: str
    name: str
    host_header: str | None
    local: bool


def find_endpoint(base_url: str, *, allow_remote: bool = False) -> Endpoint:
    """Return the server of a base URL; refuse one that is not this machine.

    Nothing is sent; only the addresses of a name are looked up. The server is this machine only if
    all of them are loopback addresses.

    Parameters
    ----------
    base_url : str
        ``http://HOST:PORT/v1`` or https.
    allow_remote : bool
        Whether transcripts may leave this machine.

    Raises
    ------
    ParameterError
        If the URL is malformed, or names another machine without `allow_remote`.

    Examples
    --------
    >>> find_endpoint("http://127.0.0.1:8080/v1").local
    True
    """
    parts = _split(base_url)
    address = _loopback(parts.hostname or "", parts.port or 0)
    name = f"{parts.scheme}://{parts.netloc}"
    if address is None:
        if not allow_remote:
            raise ParameterError(_refusal(name))
        return Endpoint(url=base_url, name=name, host_header=None, local=False)
    host = f"[{address}]" if ":" in address else address
    netloc = host if parts.port is None else f"{host}:{parts.port}"
    url = parts._replace(netloc=netloc).geturl()
    header = None if netloc == parts.netloc else parts.netloc
    return Endpoint(url=url, name=name, host_header=header, local=True)


def what_is_sent(name: str) -> str:
    """Return a description of what a rating sends to a server, for the user to decide."""
    text = (
        f"Rating sends to {name}: the full text of every session, numbered by turn and with the "
        "roles; the statements of the inventory; and OPENAI_API_KEY, if it is set."
    )
    return text if name.startswith("https") else f"{text} The connection is not encrypted."


def _refusal(name: str) -> str:
    return (
        f"`base_url` is {name}, which is not this machine. {what_is_sent(name)} Nothing was sent. "
        "If consent and law permit it, say --allow-remote (`allow_remote=True`)."
    )


def _split(base_url: str) -> SplitResult:
    shape = "it must look like http://127.0.0.1:8080/v1."
    try:
        parts = urlsplit(base_url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ParameterError(f"`base_url` is not an address of a server; {shape}")
    if "@" in parts.netloc:
        raise ParameterError("`base_url` holds a user or password; put a key in OPENAI_API_KEY.")
    if parts.query or parts.fragment:
        raise ParameterError(f"`base_url` has a query or fragment; {shape}")
    return parts


def _loopback(host: str, port: int) -> str | None:
    """Return the first address of a host all of whose addresses are loopback, or None."""
    try:
        addresses = [ipaddress.ip_address(host)]
    except ValueError:
        try:
            known = socket.getaddrinfo(host, port or None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return None
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in known]
    # IPv4 first: servers that listen on one address listen on that.
    addresses.sort(key=lambda address: address.version)
    return (
        str(addresses[0])
        if addresses and all(address.is_loopback for address in addresses)
        else None
    )
