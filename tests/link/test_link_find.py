"""What ``--reader`` means."""

from __future__ import annotations

import sys

import pytest

from harness.core.errors import ConfigError, LinkError, NoReader, ServiceDown
from harness.link import find
from harness.link.api import LinkOptions
from harness.link.find import LINKS, all_readers, find_readers
from harness.link.jobs import one_reader, resolve


class Stub:
    kind = "pcsc"
    image = ""

    def __init__(self, name, card=False):
        self.name = name
        self._card = card

    def card_present(self):
        if self._card is None:
            raise LinkError("cannot be asked")
        return self._card


@pytest.fixture
def pcsc_readers(monkeypatch):
    """Replace what PC/SC lists."""
    listed = []

    def provider(options, name):
        return [reader for reader in listed if name.lower() in reader.name.lower()]

    monkeypatch.setitem(LINKS._loaded, "pcsc", provider)
    return listed


def test_virtual_means_every_image():
    names = [reader.name for reader in find_readers("virtual", LinkOptions())]
    assert "virtual visa-credit" in names
    assert len(names) > 1


def test_virtual_with_images_means_these():
    found = find_readers("virtual", LinkOptions(images=("test-card",)))
    assert [reader.image for reader in found] == ["test-card"]


def test_full_name_of_a_virtual_reader_means_it():
    assert one_reader("virtual visa-credit", LinkOptions()).image == "visa-credit"


def test_part_of_a_name_in_any_case(pcsc_readers):
    pcsc_readers += [Stub("ACS ACR39U 00 00"), Stub("Gemalto PC Twin 01 00")]
    assert [reader.name for reader in find_readers("acr39", LinkOptions())] == ["ACS ACR39U 00 00"]


def test_exact_name_wins(pcsc_readers):
    pcsc_readers += [Stub("Reader 00 00 SAM"), Stub("Reader 00 00")]
    assert find_readers("Reader 00 00", LinkOptions())[0].name == "Reader 00 00"


def test_of_several_the_only_one_with_a_card(pcsc_readers):
    pcsc_readers += [Stub("Reader 00 00"), Stub("Reader 01 00", card=True), Stub("Reader 02", None)]
    assert [one.name for one in find_readers("Reader", LinkOptions())] == ["Reader 01 00"]


def test_several_with_cards_are_listed(pcsc_readers):
    pcsc_readers += [Stub("Reader 00 00", card=True), Stub("Reader 01 00", card=True)]
    with pytest.raises(ConfigError) as caught:
        find_readers("Reader", LinkOptions())
    assert not isinstance(caught.value, LinkError)
    assert "2 readers match" in caught.value.what
    assert "Reader 00 00; Reader 01 00" in caught.value.todo


def test_no_match_lists_what_there_is(pcsc_readers):
    pcsc_readers.append(Stub("Reader 00 00"))
    with pytest.raises(NoReader) as caught:
        find_readers("ACR", LinkOptions())
    assert "Reader 00 00" in caught.value.todo
    pcsc_readers.clear()
    with pytest.raises(NoReader) as caught:
        find_readers("ACR", LinkOptions())
    assert "--reader virtual" in caught.value.todo


def test_without_pcscd_the_virtual_readers_remain(monkeypatch):
    def down(options, name):
        raise ServiceDown("pcscd is not running", todo="start it")

    monkeypatch.setitem(LINKS._loaded, "pcsc", down)
    readers, problems = all_readers(LinkOptions(images=("test-card",)))
    assert [reader.name for reader in readers] == ["virtual test-card"]
    assert [problem.what for problem in problems] == ["pcscd is not running"]


def test_without_pyscard_it_says_how_to_get_it(monkeypatch):
    monkeypatch.delitem(sys.modules, "harness.link.pcsc", raising=False)
    monkeypatch.delattr("harness.link.pcsc", raising=False)
    monkeypatch.setitem(sys.modules, "smartcard", None)
    monkeypatch.setitem(sys.modules, "smartcard.scard", None)
    with pytest.raises(ConfigError) as caught:
        find_readers("ACR", LinkOptions())
    assert "pip install 'emv-harness[pcsc]'" in caught.value.todo
    _readers, problems = all_readers(LinkOptions(images=("test-card",)))
    assert len(problems) == 1


def test_job_on_several_readers_is_refused():
    with pytest.raises(ConfigError, match="a job runs on one"):
        one_reader("virtual", LinkOptions())


def test_unknown_job_function():
    for name in ("harness.link.find:nothing", "no.such.module:f"):
        with pytest.raises(ConfigError, match="no such job function"):
            resolve(name)


def test_selector_kind_is_known():
    assert set(find._BY_KIND) <= set(LINKS.names())
