"""Transcripts go to this machine, unless the user says otherwise."""

import socket

import pytest

from alliance_features import ParameterError
from alliance_features.raters.llm.guard import find_endpoint, what_is_sent
from alliance_features.raters.llm.settings import RatingPlan
from llm_stub import able, completion, ratings, stub


@pytest.fixture
def session(make_session):
    return make_session("It was a hard week.", "What made it hard?")


@pytest.fixture
def no_socket(monkeypatch):
    """Record every attempt to reach a machine, and let none through."""
    reached = []

    def refuse(*args, **_):
        reached.append(args)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket.socket, "sendto", refuse)
    return reached


def _names(monkeypatch, **known):
    def getaddrinfo(host, port, *_, **__):
        if host not in known:
            raise socket.gaierror("unknown")
        kinds = [socket.AF_INET6 if ":" in one else socket.AF_INET for one in known[host]]
        return [
            (kind, socket.SOCK_STREAM, 6, "", (address, port or 0))
            for kind, address in zip(kinds, known[host], strict=True)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8080/v1", "http://127.8.9.1/v1", "http://[::1]:8080/v1"],
)
def test_addresses_of_this_machine(url):
    endpoint = find_endpoint(url)
    assert endpoint.local
    assert (endpoint.url, endpoint.host_header) == (url, None)


def test_a_name_is_replaced_by_its_address(monkeypatch):
    _names(monkeypatch, box=["::1", "127.0.0.1"])
    endpoint = find_endpoint("http://box:8080/v1")
    assert endpoint.local
    # So that it cannot mean another machine by the time of the connection.
    assert endpoint.url == "http://127.0.0.1:8080/v1"
    assert endpoint.host_header == "box:8080"
    assert endpoint.name == "http://box:8080"
    _names(monkeypatch, box=["::1"])
    assert find_endpoint("http://box/v1").url == "http://[::1]/v1"


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com/v1",
        "http://192.168.1.4:8080/v1",
        "http://0.0.0.0:8080/v1",
        "http://[::ffff:8.8.8.8]/v1",
        "http://mixed:8080/v1",
        "http://unknown/v1",
        "http://localhost.example.com/v1",
    ],
)
def test_other_machines_are_refused(url, monkeypatch):
    _names(
        monkeypatch,
        **{
            "api.example.com": ["203.0.113.7"],
            "mixed": ["127.0.0.1", "203.0.113.7"],
            "localhost.example.com": ["203.0.113.8"],
        },
    )
    with pytest.raises(ParameterError, match=r"not this machine.*full text.*--allow-remote"):
        find_endpoint(url)
    endpoint = find_endpoint(url, allow_remote=True)
    assert (endpoint.local, endpoint.url) == (False, url)


def test_an_open_connection_is_said_to_be_open():
    assert "not encrypted" in what_is_sent("http://10.0.0.1")
    assert "not encrypted" not in what_is_sent("https://10.0.0.1")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("127.0.0.1:8080", "not an address of a server"),
        ("ftp://127.0.0.1", "not an address of a server"),
        ("http:///v1", "not an address of a server"),
        ("http://127.0.0.1:99999/v1", "not an address of a server"),
        ("http://[::1/v1", "not an address of a server"),
        ("http://127.0.0.1@203.0.113.7/v1", "holds a user or password"),
        ("http://127.0.0.1/v1?x=1", "query or fragment"),
        ("http://127.0.0.1/v1#x", "query or fragment"),
    ],
)
def test_malformed_addresses(url, message):
    with pytest.raises(ParameterError, match=message) as caught:
        find_endpoint(url, allow_remote=True)
    assert "203.0.113.7" not in str(caught.value)


def test_a_refused_host_gets_no_byte(session, no_socket):
    from alliance_features.raters.llm.rate import rate_sessions

    plan = RatingPlan(base_url="http://203.0.113.7:8080/v1", model="m")
    with pytest.raises(ParameterError, match="Nothing was sent"):
        rate_sessions([session], plan)
    assert no_socket == []


def test_an_allowed_host_is_asked(session, no_socket):
    """The guard of the test above does see connections."""
    from alliance_features import RaterError
    from alliance_features.raters.llm.rate import rate_sessions

    plan = RatingPlan(
        base_url="http://203.0.113.7:8080/v1", model="m", allow_remote=True, retries=0
    )
    with pytest.raises(RaterError, match="cannot be reached"):
        rate_sessions([session], plan)
    assert no_socket
    assert no_socket[0][1][0] == "203.0.113.7"


def test_a_redirect_is_not_followed(session):
    from alliance_features.raters.llm.rate import rate_sessions

    with stub(able) as other:
        elsewhere = (307, {"Location": f"{other.url}/chat/completions"}, b"")

        def redirect(body):
            return elsewhere if "Transcript" in body["messages"][-1]["content"] else able(body)

        with stub(redirect) as server:
            plan = RatingPlan(base_url=server.url, model="m", retries=0)
            result = rate_sessions([session], plan)
        assert other.bodies == []
        assert set(result.details["code"].to_pylist()) == {"http_307"}


def test_proxies_of_the_environment_see_nothing(session, monkeypatch):
    from alliance_features.raters.llm.rate import rate_sessions

    with stub(lambda _: completion()) as proxy, stub(able) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("OPENAI_BASE_URL", proxy.url)
        rate_sessions([session], RatingPlan(base_url=server.url, model="m"))
        assert len(ratings(server)) == 18
        assert proxy.bodies == []


def test_the_key_goes_to_the_named_server(session, monkeypatch):
    from alliance_features.raters.llm.rate import rate_sessions

    monkeypatch.setenv("OPENAI_API_KEY", "sk-vintergatkorn")
    with stub(able) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        rate_sessions([session], RatingPlan(base_url=url, model="m"))
        assert server.headers[-1]["authorization"] == "Bearer sk-vintergatkorn"
        assert server.headers[-1]["host"] == url.split("/")[2]
