"""What docs/decode-compared.md says of the published examples of emv-decode holds."""

from __future__ import annotations

import pytest

from harness.codec.decode import Context, decode
from harness.core.errors import ConfigError

VISA, MASTERCARD = bytes.fromhex("A0000000031010"), bytes.fromhex("A0000000041010")


@pytest.mark.parametrize(
    ("text", "kind", "aid", "words"),
    [
        ("3BDA18FF81B1FE751F030031F573C78A40009000B0", None, None, ["161,290 bit/s", "right"]),
        ("810400000320", None, None, ["800"]),
        ("9A032212159A03491231", None, None, ["2022-12-15", "2049-12-31", "9A"]),
        ("9A03500101", None, None, ["1950-01-01"]),
        ("9F2103111542", None, None, ["11:15:42"]),
        ("9C0100", None, None, ["goods or services"]),
        ("9F390105", None, None, ["chip"]),
        ("571040123456789095D2512201197339300F", None, None, ["401234****9095"]),
        ("701F9F390105571040123456789095D2512201197339300F820259009F15025999", None, None,
         ["SDA supported", "CDA supported", "5999"]),
        ("528", "country", None, ["Netherlands"]),
        ("US", "country", None, ["United States"]),
        ("978", "currency", None, ["Euro"]),
        ("HKD", "currency", None, ["Hong Kong Dollar"]),
        ("fr", "language", None, ["French"]),
        ("zh", "language", None, ["Chinese"]),
        ("9F3B06097801230840", None, None, ["Euro", "123: unknown", "US Dollar"]),
        ("5F2D04656E6672", None, None, ["English", "French"]),
        ("9F6E0E0528000332310001010840000000", None, MASTERCARD,
         ["Netherlands", "mobile phone", "fleet card", "vehicle card"]),
        ("9F6E0B0250000330350002000200", None, MASTERCARD, ["France", "wristband", "02 student"]),
        ("9F6E04238C0000", None, VISA, ["mobile phone", "passcode capable"]),
        ("0FA526A83100000000000001500000000F240000000000000000000000000000", "iad", None,
         ["CCD", "CVN A5", "index 26", "CDA performed"]),
        ("0110A04003223000000000001126980002FF", "iad", MASTERCARD,
         ["CVN 10", "domestic", "as M/Chip 4 has", "own session key"]),
        ("06011203A000000F0300001030800000046920AE952C48", "iad", VISA, ["CVN 12"]),
        ("6C7A800000000000", "9F1D", None, ["consumer device CVM (contactless)"]),
        ("89063130363630398A023030910A50FC6205038200003030", None, None,
         ['"106609"', "ARPC 50FC620503820000"]),
        ("9F27018A", None, None, ["ARQC", "advice required", "PIN try limit exceeded"]),
        ("72179F180400004000860E04DA9F580900C7356286E3779889", None, None, ["PUT DATA 9F58"]),
    ],
)  # fmt: skip
def test_compared_example(text: str, kind: str | None, aid: bytes | None, words: list[str]) -> None:
    lines = "\n".join(decode(text, as_=kind, aid=aid).lines)
    for word in words:
        assert word in lines


def test_compared_amex_by_kernel() -> None:
    found = decode("9F6E049CD04003", context=Context(kernel=4))
    assert "byte 1 bit 8: contact mode supported" in found.nodes[0]["fields"]


def test_compared_padding_is_reported_and_the_rest_decoded() -> None:
    text = "701870105F2A0208409F1A0208409F15025999123456789ABCDED002DEADFEDC"
    found = decode(text, as_="tlv")
    assert [item["offset"] for item in found.errors][:2] == [19, 20]
    assert found.nodes[-1]["tag"] in ("D0", "FE")
    assert any(node["tag"] == "D0" and node["value"] == "DEAD" for node in found.nodes)


@pytest.mark.parametrize(("text", "kind"), [("GBR", "country"), ("wln", "language")])
def test_compared_what_is_lacking_is_lacking(text: str, kind: str) -> None:
    with pytest.raises(ConfigError):
        decode(text, as_=kind)
