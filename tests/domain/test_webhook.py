"""What follows a try, and which addresses are called."""

import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import curtsy
from curtsy.domain.webhook import (
    EVENT_TYPES,
    JITTER,
    LONGEST_QUIET_MS,
    LONGEST_WAIT_MS,
    SCHEDULE_MS,
    TEST_EVENT,
    Next,
    Verdict,
    is_host,
    is_port,
    is_public,
    message_id,
    verdict,
)

MINUTE, HOUR = 60_000, 3_600_000


def test_the_schedule_is_the_one_that_is_promised() -> None:
    waits = [verdict(500, None, tries, 0.0).wait_ms for tries in range(1, 10)]
    assert waits == [
        5_000, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR,
    ]  # fmt: skip
    assert verdict(500, None, 10, 0.0) == Verdict(Next.FAILED)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_taken(status: int) -> None:
    assert verdict(status, None, 1, 0.5) == Verdict(Next.DELIVERED)


@pytest.mark.parametrize("status", [None, 100, 199, 300, 301, 302, 307, 308, 400, 401, 404, 408, 409, 429, 500, 503])
def test_all_else_is_tried_again(status: int | None) -> None:
    assert verdict(status, None, 1, 0.0) == Verdict(Next.AGAIN, 5_000)


def test_410_means_that_nobody_wants_any_more() -> None:
    assert verdict(410, None, 1, 0.0) == Verdict(Next.GONE)


@given(
    tries=st.integers(1, len(SCHEDULE_MS) - 1),
    chance=st.floats(0, 1, exclude_max=True),
    asked=st.none() | st.integers(-1, 10**12),
)
def test_a_wait_is_never_shorter_than_planned_or_asked_for_and_never_endless(
    tries: int, chance: float, asked: int | None
) -> None:
    wait = verdict(503, asked, tries, chance).wait_ms
    assert wait >= SCHEDULE_MS[tries]
    assert wait >= min(asked or 0, LONGEST_WAIT_MS)
    assert wait <= max(SCHEDULE_MS[tries] * (1 + JITTER), LONGEST_WAIT_MS)
    assert verdict(503, asked, tries, chance).quiet_ms == max(0, min(asked or 0, LONGEST_QUIET_MS))
    assert verdict(500, asked, tries, chance).quiet_ms == 0


@given(chance=st.floats(0, 1, exclude_max=True), other=st.floats(0, 1, exclude_max=True), tries=st.integers(1, 9))
def test_what_failed_together_is_not_tried_together(chance: float, other: float, tries: int) -> None:
    waits = [verdict(None, None, tries, one).wait_ms - SCHEDULE_MS[tries] for one in (chance, other)]
    assert all(0 <= wait <= SCHEDULE_MS[tries] * JITTER for wait in waits)
    assert (waits[0] < waits[1]) <= (chance < other)


@given(*(st.integers(0, 2**128 - 1).map(lambda number: str(UUID(int=number))) for _ in range(3)))
def test_an_event_has_one_name_for_each_endpoint(endpoint: str, other: str, event: str) -> None:
    name = message_id(endpoint, event)
    assert name == message_id(endpoint, event)
    assert (UUID(name).version, UUID(name).variant) == (8, UUID("01a20906-c548-76b5-9c93-fe05eaa27f06").variant)
    assert name[:13] == event[:13]  # the time, so that they sort alike
    assert (name == message_id(other, event)) == (other == endpoint)


def test_every_type_that_is_told_anywhere_can_be_chosen() -> None:
    told = set()
    for file in Path(curtsy.__file__).parent.glob("service/*.py"):
        told |= set(re.findall(r'"((?:task|invitation|agent|member|webhook)\.[a-z_]+)"', file.read_text("utf-8")))
    assert told - {TEST_EVENT} <= set(EVENT_TYPES)
    assert len(told) > 15


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.0.9", "169.254.169.254", "172.16.0.1",
        "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7",
        "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.1.2.3", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:db8::1",
        "::ffff:0:127.0.0.1", "2001:2::1", "2001:20::1", "4000::1",
        "100::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "3fff::1", "5f00::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_on_the_internet_is_not_called(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize(
    "text",
    ["1.1.1.1", "93.184.215.14", "172.32.0.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"],
)
def test_a_public_address_is_called(text: str) -> None:
    assert is_public(ip_address(text))


def test_an_operator_may_name_networks_and_only_these_are_open() -> None:
    named = (ip_network("10.1.0.0/16"), ip_network("fd00:1::/32"))
    assert is_public(ip_address("10.1.2.3"), named)
    assert is_public(ip_address("::ffff:10.1.2.3"), named)
    assert is_public(ip_address("fd00:1::7"), named)
    assert not is_public(ip_address("10.2.0.1"), named)
    assert not is_public(ip_address("fd00:2::7"), named)


@pytest.mark.parametrize(
    "host", ["example.com", "localhost.", "xn--bcher-kva.example", "a_b.example", "1.1.1.1", "[::1]"]
)
def test_a_name_or_an_address_in_its_usual_form_is_a_host(host: str) -> None:
    assert is_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "", ".", "a..b", "-a.example", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1",
        "1.2.3.4.5", "example.0x7f", "example.123", "%31%32%37.0.0.1", "fe80::1%eth0", "exa mple.com",
        "a" * 64 + ".com",
    ],
)  # fmt: skip
def test_an_odd_spelling_is_none(host: str) -> None:
    assert not is_host(host)


def test_ports_are_those_of_web_servers() -> None:
    assert [port for port in (0, 22, 25, 80, 443, 444, 1023, 1024, 8443, 65535, 65536) if is_port(port)] == [
        80, 443, 1024, 8443, 65535,
    ]  # fmt: skip
