"""Cryptograms against values of an HSM, and against a second implementation from DES blocks up."""

from __future__ import annotations

import random
import subprocess
import sys
import warnings
from collections.abc import Callable
from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from harness.core.errors import CodecError, ConfigError
from harness.crypto import aes, des
from harness.crypto.cryptogram import (
    AC_TAGS,
    GENERIC,
    SCHEMES,
    AcInput,
    CryptogramScheme,
    IccKeys,
    IssuerMasterKeys,
    ac_input,
    find_scheme,
    generate_ac,
    scheme,
    verify_ac,
)
from harness.crypto.iad import (
    INTERAC,
    MASTERCARD,
    UNIONPAY,
    VISA,
    ccd_iad,
    interac_iad,
    mchip_iad,
    unionpay_iad,
    visa_iad,
    visa_long_iad,
)

REPO = Path(__file__).resolve().parents[2]
IMK = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
PAN = "4761739001010119"
ATC, UN = bytes.fromhex("001C"), bytes.fromhex("52BF4585")
Read = Callable[[str], dict[str, Any]]


# --- the second implementation -----------------------------------------------------------------


def _des(key: bytes, block: bytes, *, decrypt: bool = False) -> bytes:
    cipher = Cipher(TripleDES(key * 3), modes.ECB())
    worker = cipher.decryptor() if decrypt else cipher.encryptor()
    return worker.update(block)


def _des3(key: bytes, block: bytes) -> bytes:
    return _des(key[:8], _des(key[8:], _des(key[:8], block), decrypt=True))


def _xor(one: bytes, two: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, two, strict=True))


def _mac(key: bytes, data: bytes, method: int) -> bytes:
    """ISO/IEC 9797-1 algorithm 3, padding method 1 or 2."""
    data += b"\x80" if method == 2 else b""
    data += bytes(-len(data) % 8)
    state = bytes(8)
    for start in range(0, len(data), 8):
        state = _des(key[:8], _xor(state, data[start : start + 8]))
    return _des(key[:8], _des(key[8:], state, decrypt=True))


def _parity(key: bytes) -> bytes:
    return bytes(b if b.bit_count() % 2 else b ^ 1 for b in key)


def _pair(key: bytes, left: bytes) -> bytes:
    return _parity(_des3(key, left) + _des3(key, _xor(left, b"\xff" * 8)))


def _master(option: str, imk: bytes, pan: str, psn: int) -> bytes:
    digits = f"{pan}{psn:02d}"
    if option == "C":
        return _aes(imk, bytes.fromhex(digits.rjust(32, "0")))
    if option == "B" and len(pan) > 16:
        digest = sha1(bytes.fromhex(digits.rjust(len(digits) + len(digits) % 2, "0"))).hexdigest()
        decimal = [char for char in digest if char in "0123456789"]
        letters = [str("abcdef".index(char)) for char in digest if char in "abcdef"]
        return _pair(imk, bytes.fromhex("".join((decimal + letters)[:16])))
    return _pair(imk, bytes.fromhex(digits[-16:].rjust(16, "0")))


def _session(kind: str, key: bytes, atc: bytes, un: bytes) -> bytes:
    if kind == "none":
        return key
    if kind == "unionpay":
        zeros = bytes(6)
        return _parity(_des3(key, zeros + atc) + _des3(key, zeros + _xor(atc, b"\xff\xff")))
    rest = {"common": bytes(5), "mastercard": b"\0" + un}[kind]
    return _parity(_des3(key, atc + b"\xf0" + rest) + _des3(key, atc + b"\x0f" + rest))


# What each version is, written down a second time: (option, session, padding, data of 9F10, ARPC).
TABLE = {
    (VISA, "0A"): ("A", "none", 1, slice(3, 7), "master 1"),
    (VISA, "12"): ("B", "common", 2, slice(0, None), "session 2"),
    (VISA, "22"): ("B", "common", 2, slice(0, None), "session 2"),
    (MASTERCARD, "10"): ("A", "mastercard", 2, slice(2, 8), "master 1"),
    (MASTERCARD, "11"): ("A", "mastercard", 2, "counters", "master 1"),
    (MASTERCARD, "14"): ("A", "common", 2, slice(2, 8), "session 1"),
    (MASTERCARD, "15"): ("A", "common", 2, "counters", "session 1"),
    (VISA, "11"): ("A", "none", 1, slice(4, 5), "master 1"),
    (INTERAC, "85"): ("A", "mastercard", 2, slice(0, None), "session 1"),
    (UNIONPAY, "01"): ("A", "unionpay", 2, slice(3, 7), "session 1"),
    (GENERIC, "A5"): ("B", "common", 2, slice(0, None), "session 2"),
    (GENERIC, "A6"): ("C", "common", 2, slice(0, None), "session 2"),
}


def _aes(key: bytes, block: bytes) -> bytes:
    return Cipher(AES(key), modes.ECB()).encryptor().update(block)


def _doubled(block: bytes) -> bytes:
    number = int.from_bytes(block, "big") << 1
    if number >> 128:
        number = (number & (1 << 128) - 1) ^ 0x87
    return number.to_bytes(16, "big")


def _cmac(key: bytes, data: bytes) -> bytes:
    """RFC 4493, from AES blocks up."""
    first = _doubled(_aes(key, bytes(16)))
    whole = bool(data) and len(data) % 16 == 0
    if not whole:
        data += b"\x80"
        data += bytes(-len(data) % 16)
        first = _doubled(first)
    state = bytes(16)
    for start in range(0, len(data) - 16, 16):
        state = _aes(key, _xor(state, data[start : start + 16]))
    return _aes(key, _xor(_xor(state, data[-16:]), first))


def test_published_cmac(vector: Read) -> None:
    for table in vector("messaging.toml")["cmac"]:
        key = bytes.fromhex(table["key"])
        for case in table["cases"]:
            data = bytes.fromhex(case["data"])
            assert aes.cmac(key, data, 16).hex().upper() == case["mac"]
            assert _cmac(key, data).hex().upper() == case["mac"]


def test_published_aes() -> None:
    """FIPS 197, appendix B; and NIST SP 800-38A, F.2.1, first block with an all-zero chain."""
    key = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C")
    plain = bytes.fromhex("3243F6A8885A308D313198A2E0370734")
    assert aes.encrypt(key, plain).hex().upper() == "3925841D02DC09FBDC118597196A0B32"
    assert aes.cbc(key, plain) == aes.encrypt(key, plain)
    assert aes.cbc(key, aes.cbc(key, plain * 3), decrypt=True) == plain * 3


def _any_session(entry: CryptogramScheme, key: bytes, atc: bytes, un: bytes) -> bytes:
    if entry.cipher == "aes":
        return _aes(key, atc + bytes(14))
    return _session(TABLE[entry.rid, entry.cvn][1], key, atc, un)


def _any_mac(entry: CryptogramScheme, key: bytes, data: bytes, method: int) -> bytes:
    return _cmac(key, data)[:8] if entry.cipher == "aes" else _mac(key, data, method)


def _expected_ac(entry: CryptogramScheme, mk: bytes, values: dict[int, bytes], iad: bytes) -> bytes:
    _option, _kind, padding, part, _arpc = TABLE[entry.rid, entry.cvn]
    order = (0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37, 0x82, 0x9F36)
    if entry.cvn == "11" and entry.rid == VISA:
        order = (0x9F02, 0x9F37, 0x9F36)
    data = b"".join(values[tag] for tag in order)
    data += iad[2:8] + iad[10:] if isinstance(part, str) else iad[part]
    key = _any_session(entry, mk, values[0x9F36], values[0x9F37])
    return _any_mac(entry, key, data, padding)


def _iad(entry: CryptogramScheme, dice: random.Random) -> bytes:
    if entry.rid == MASTERCARD:
        counters = dice.randbytes(dice.choice([8, 10, 16, 18]))
        return mchip_iad(entry.cvn, 1, dice.randbytes(6), dac=b"\xda\xc0", counters=counters)
    if entry.rid == GENERIC:
        return ccd_iad(entry.cvn, 1, dice.randbytes(5), counters=dice.randbytes(8))
    if entry.rid == INTERAC:
        return interac_iad(entry.cvn, 1, b"\x04" + dice.randbytes(4), rest=dice.randbytes(14))
    if entry.rid == UNIONPAY:
        return unionpay_iad(entry.cvn, 1, b"\x03" + dice.randbytes(3))
    if entry.cvn == "22":
        return visa_long_iad(entry.cvn, 1, dice.randbytes(5), rest=dice.randbytes(7))
    return visa_iad(entry.cvn, 1, b"\x03" + dice.randbytes(3), rest=dice.randbytes(4))


def _values(dice: random.Random) -> dict[int, bytes]:
    return {tag: dice.randbytes(length) for tag, length in AC_TAGS}


ALL = pytest.mark.parametrize("entry", SCHEMES, ids=lambda entry: entry.name)


# --- against others ----------------------------------------------------------------------------


def test_published_cryptograms(vector: Read) -> None:
    cases = vector("cryptograms.toml")["case"]
    assert len(cases) == 9
    for case in cases:
        entry = scheme(case["cvn"], bytes.fromhex(case["aid"]))
        key = entry.derive(bytes.fromhex(case["issuer_key"]), case["pan"], case["psn"])
        values = {int(tag, 16): bytes.fromhex(value) for tag, value in case["values"].items()}
        iad = bytes.fromhex(case["iad"])
        ac = entry.ac(key, values, iad)
        assert ac.hex().upper() == case["cryptogram"], case["name"]
        assert find_scheme(iad, bytes.fromhex(case["aid"])) is entry
        if "response_code" not in case:
            continue
        code = bytes.fromhex(case["response_code"])
        answer = entry.arpc(key, ac, atc=values[0x9F36], un=values[0x9F37], code=code)
        assert answer.hex().upper() == case["issuer_authentication_data"], case["name"]
        if "card_key_check" in case:
            assert des.check_value(key).hex().upper().startswith(case["card_key_check"])
            session = entry.session_key(key, values[0x9F36], values[0x9F37])
            assert des.check_value(session).hex().upper().startswith(case["session_key_check"])


def test_published_mac_under_a_session_key(vector: Read) -> None:
    for case in vector("cryptograms.toml")["mac"]:
        entry = scheme(case["cvn"], bytes.fromhex(case["aid"]))
        key = entry.derive(bytes.fromhex(case["issuer_key"]), case["pan"], case["psn"])
        session = entry.session_key(key, bytes.fromhex(case["atc"]))
        data = bytes.fromhex(case["data"])
        assert entry.suite.mac(session, data, "visa", 8).hex().upper() == case["mac"]
        unpadded = data.rstrip(b"\0").removesuffix(b"\x80")
        assert entry.suite.mac(session, unpadded, entry.padding, 8).hex().upper() == case["mac"]


def test_published_derivations(vector: Read) -> None:
    by_option = {"A": scheme("0A", VISA), "B": scheme("12", VISA)}
    for case in vector("cryptograms.toml")["derivation"]:
        key = by_option[case["option"]].derive(
            bytes.fromhex(case["issuer_key"]), case["pan"], case["psn"]
        )
        assert key.hex().upper() == case["card_key"]


@ALL
@pytest.mark.parametrize("seed", range(5))
def test_second_implementation_agrees(entry: CryptogramScheme, seed: int) -> None:
    dice = random.Random(f"{entry.name}{seed}")
    option, _kind, _padding, _part, arpc = TABLE[entry.rid, entry.cvn]
    imk = dice.randbytes(16)
    pan = "".join(dice.choice("0123456789") for _ in range(dice.choice([12, 16, 17, 18, 19])))
    psn = dice.choice([0, 1, 99])
    key = entry.derive(imk, pan, psn)
    assert key == _master(option, imk, pan, psn)
    values, iad = _values(dice), _iad(entry, dice)
    ac = entry.ac(key, values, iad)
    assert ac == _expected_ac(entry, key, values, iad)
    atc, un = values[0x9F36], values[0x9F37]
    arpc_key = key if arpc.startswith("master") else _any_session(entry, key, atc, un)
    if arpc.endswith("1"):
        answer = entry.arpc(key, ac, atc=atc, un=un, code=b"00")
        assert answer == _des3(arpc_key, _xor(ac, b"00" + bytes(6))) + b"00"
    else:
        csu, extra = dice.randbytes(4), dice.randbytes(seed)
        answer = entry.arpc(key, ac, atc=atc, un=un, code=csu, proprietary=extra)
        assert answer == _any_mac(entry, arpc_key, ac + csu + extra, 2)[:4] + csu + extra
    assert entry.verify_arpc(key, ac, atc=atc, un=un, received=answer)


def test_the_second_table_has_every_version() -> None:
    assert {(entry.rid, entry.cvn) for entry in SCHEMES} == set(TABLE)


def test_few_decimal_digits_in_the_hash_are_filled_up() -> None:
    """Option B takes letters a to f as 0 to 5 where the hash has less than sixteen digits."""
    entry = scheme("12", VISA)
    found = 0
    for number in range(4000):
        pan = f"4761739{number:010d}"
        digest = sha1(bytes.fromhex("0" + pan + "00")).hexdigest()
        if sum(char.isdigit() for char in digest) < 16:
            found += 1
            assert entry.derive(IMK, pan, 0) == _master("B", IMK, pan, 0)
    assert found > 0


# --- verification ------------------------------------------------------------------------------


@ALL
def test_every_covered_value_matters(entry: CryptogramScheme) -> None:
    dice = random.Random(entry.name)
    key = entry.derive(IMK, PAN, 0)
    values, iad = _values(dice), _iad(entry, dice)
    ac = entry.ac(key, values, iad)
    assert entry.verify_ac(key, values, iad, ac)
    assert not entry.verify_ac(key, values, iad, bytes(8))
    assert not entry.verify_ac(key, values, iad, ac[:7])
    assert not entry.verify_ac(entry.derive(IMK, PAN, 1), values, iad, ac)
    for tag, _length in entry.tags:
        other = {**values, tag: bytes([values[tag][0] ^ 1]) + values[tag][1:]}
        assert not entry.verify_ac(key, other, iad, ac), f"{tag:X}"
    changed = bytearray(iad)
    changed[4] ^= 1  # within the CVR of every layout
    assert not entry.verify_ac(key, values, bytes(changed), ac)


def test_uncovered_bytes_do_not_matter() -> None:
    """CVN 10 covers the CVR alone, not what follows; 11 covers the counters, 10 (hex) does not."""
    values = _values(random.Random(1))
    visa = scheme("0A", VISA)
    one, two = (visa_iad("0A", 1, bytes(4), rest=rest) for rest in (b"", b"\x0f\x01"))
    assert visa.ac(IMK, values, one) == visa.ac(IMK, values, two)
    for cvn, same in (("10", True), ("11", False), ("14", True), ("15", False)):
        entry = scheme(cvn, MASTERCARD)
        made = [
            mchip_iad(cvn, 1, bytes(6), dac=bytes(2), counters=bytes(7) + bytes([last]))
            for last in (0, 255)
        ]
        same_ac = entry.ac(IMK, values, made[0]) == entry.ac(IMK, values, made[1])
        assert same_ac is same, cvn


@ALL
def test_wrong_answers_of_an_issuer_are_refused(entry: CryptogramScheme) -> None:
    key, arqc = entry.derive(IMK, PAN, 0), bytes(range(8))
    code = b"00" if entry.arpc_method == 1 else bytes(4)
    good = entry.arpc(key, arqc, atc=ATC, un=UN, code=code)
    assert len(good) == (10 if entry.arpc_method == 1 else 8)

    def accepted(received: bytes, **other: bytes) -> bool:
        given = {"atc": ATC, "un": UN, **other}
        return entry.verify_arpc(key, arqc, received=received, **given)

    assert accepted(good)
    assert not entry.verify_arpc(key, bytes(8), atc=ATC, un=UN, received=good)
    for place in range(len(good)):
        wrong = bytearray(good)
        wrong[place] ^= 1
        assert not accepted(bytes(wrong)), place
    for length in (0, 1, 4, len(good) - 1):
        assert not accepted(good[:length]), length
    assert not accepted(good + bytes(9))
    if entry.arpc_key == "session":
        assert not accepted(good, atc=b"\0")
        assert not accepted(good, atc=b"\x00\x1d")


@ALL
def test_the_functions_by_name_do_the_same(entry: CryptogramScheme) -> None:
    dice = random.Random(3)
    values, iad = _values(dice), _iad(entry, dice)
    masters = IssuerMasterKeys(IMK, IMK[::-1], IMK[8:] + IMK[:8])
    assert entry.derive_all(masters, PAN, 7).smc == entry.derive(masters.smc, PAN, 7)
    keys = entry.derive_all(masters, PAN, None)
    assert keys.ac == entry.derive(masters.ac, PAN, 0)
    assert keys.smi == entry.derive(masters.smi, PAN, 0)
    assert keys.smc == entry.derive(masters.smc, PAN, 0)
    aid = (entry.rid or VISA) + b"\x10\x10"
    txn = AcInput(values, iad)
    ac = generate_ac(entry.cvn.lower(), aid, keys, txn)
    assert ac == entry.ac(keys.ac, values, iad)
    assert verify_ac(entry.cvn, aid, keys, txn, ac)
    assert not verify_ac(entry.cvn, aid, keys, txn, bytes(8))
    assert ac_input(entry.cvn, values, iad, aid) == entry.input(values, iad)


# --- the boundary ------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", [tag for tag, _length in AC_TAGS])
def test_missing_and_misshapen_values_are_named(tag: int) -> None:
    entry, iad = scheme("12", VISA), visa_iad("12", 1, bytes(4))
    values = _values(random.Random(2))
    with pytest.raises(CodecError, match=f"{tag:X} is missing"):
        entry.ac(IMK, {k: v for k, v in values.items() if k != tag}, iad)
    with pytest.raises(CodecError, match=f"{tag:X} has {len(values[tag]) + 1} bytes"):
        entry.ac(IMK, {**values, tag: values[tag] + b"\0"}, iad)


@pytest.mark.parametrize(
    "iad",
    [b"", bytes(7), visa_iad("0A", 1, bytes(4)), visa_long_iad("12", 1, bytes(5))],
    ids=["empty", "zeros", "another version", "another layout"],
)
def test_issuer_data_of_another_version_are_refused(iad: bytes) -> None:
    with pytest.raises(CodecError, match="not that of Visa CVN 12"):
        scheme("12", VISA).ac(IMK, _values(random.Random(2)), iad)


@pytest.mark.parametrize(
    "pan", ["", "1234567", "1" * 20, "47617390010101AB", "４７６１７３９００１"]
)
def test_a_pan_is_digits(pan: str) -> None:
    with pytest.raises(CodecError, match="PAN has 8 to 19 digits"):
        scheme("0A", VISA).derive(IMK, pan, 0)


@pytest.mark.parametrize("pan", ["12345678", "1234567890123456789"])
def test_the_shortest_and_the_longest_pan(pan: str) -> None:
    for entry in SCHEMES:
        assert entry.derive(IMK, pan, 99) == _master(entry.key_option, IMK, pan, 99)


@pytest.mark.parametrize("psn", [-1, 100])
def test_a_sequence_number_has_two_digits(psn: int) -> None:
    with pytest.raises(CodecError, match="two digits"):
        scheme("0A", VISA).derive(IMK, PAN, psn)


@pytest.mark.parametrize("length", [0, 8, 15, 17, 24])
def test_keys_have_sixteen_bytes(length: int) -> None:
    entry = scheme("0A", VISA)
    with pytest.raises(ConfigError, match="16 bytes"):
        entry.derive(bytes(length), PAN, 0)
    with pytest.raises(ConfigError, match="16 bytes"):
        entry.ac(bytes(length), _values(random.Random(1)), visa_iad("0A", 1, bytes(4)))
    with pytest.raises(ConfigError, match="16 bytes"):
        entry.arpc(bytes(length), bytes(8), atc=ATC, code=b"00")


def test_answers_of_wrong_shape_are_not_made() -> None:
    first, second = scheme("0A", VISA), scheme("12", VISA)
    with pytest.raises(CodecError, match="9F26"):
        first.arpc(IMK, bytes(7), atc=ATC, code=b"00")
    with pytest.raises(CodecError, match="response code"):
        first.arpc(IMK, bytes(8), atc=ATC, code=b"000")
    with pytest.raises(CodecError, match="no proprietary"):
        first.arpc(IMK, bytes(8), atc=ATC, code=b"00", proprietary=b"1")
    with pytest.raises(CodecError, match="card status update"):
        second.arpc(IMK, bytes(8), atc=ATC, code=b"00")
    with pytest.raises(CodecError, match="proprietary authentication data of 9"):
        second.arpc(IMK, bytes(8), atc=ATC, code=bytes(4), proprietary=bytes(9))
    longest = second.arpc(IMK, bytes(8), atc=ATC, code=bytes(4), proprietary=bytes(8))
    assert len(longest) == 16
    with pytest.raises(CodecError, match="9F36"):
        second.arpc(IMK, bytes(8), atc=b"", code=bytes(4))
    with pytest.raises(CodecError, match="9F37"):
        scheme("10", MASTERCARD).session_key(IMK, ATC, b"")


def test_an_unknown_version_lists_the_known() -> None:
    with pytest.raises(ConfigError, match="14 \\(Mastercard CVN 14\\)"):
        scheme("99", VISA)
    with pytest.raises(ConfigError):
        scheme("12", MASTERCARD)  # a Visa byte is nothing at Mastercard
    assert find_scheme(visa_iad("99", 1, bytes(4)), VISA) is None
    assert find_scheme(visa_long_iad("12", 1, bytes(5)), VISA) is None
    assert find_scheme(b"", VISA) is None


def test_keys_do_not_show() -> None:
    for keys in (IccKeys(IMK, IMK, IMK), IssuerMasterKeys(IMK, IMK, IMK)):
        assert "01" not in repr(keys)
        assert "(...)" in repr(keys)


# --- the library underneath --------------------------------------------------------------------


def test_no_warning_reaches_the_user() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        entry = scheme("12", VISA)
        key = entry.derive(IMK, PAN, 0)
        ac = entry.ac(key, _values(random.Random(1)), visa_iad("12", 1, bytes(4)))
        assert entry.arpc(key, ac, atc=ATC, code=bytes(4))
        assert des.check_value(IMK).hex() == "08d7b4"


def test_pyemv_is_imported_on_first_use_only() -> None:
    code = (
        "import sys, harness.crypto.cryptogram as c, harness.crypto.iad;"
        "print('pyemv' in sys.modules, 'cryptography' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPO
    )
    assert done.stdout.strip() == "False False"


def test_a_pyemv_of_another_shape_is_an_error_that_says_so(monkeypatch) -> None:
    import pyemv.tools

    monkeypatch.delattr(pyemv.tools, "_algorithms")
    des.pyemv.cache_clear()
    try:
        with pytest.raises(ConfigError, match="install pyemv"):
            des.pyemv()
    finally:
        monkeypatch.undo()
        des.pyemv.cache_clear()
        des.pyemv()


def test_unionpay_with_another_algorithm_is_not_taken_for_3des():
    aid = bytes.fromhex("A000000333010101")
    found = find_scheme(bytes.fromhex("07010103A0B00001"), aid)
    assert found is not None
    assert found.cvn == "01"
    for algorithm in ("04", "02", "00"):
        assert find_scheme(bytes.fromhex("07010103A0B000" + algorithm), aid) is None
