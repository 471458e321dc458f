"""A reference model of the card, small enough to be read, and the machine that drives both.

The model knows nothing of cryptography: it says which status words a command may have in the state
it believes the card to be in, and how counters move. Commands come in any order, well-formed,
with wrong data, and as arbitrary bytes.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from harness.codec import apdu
from harness.codec.apdu import CommandApdu
from harness.codec.dol import dol_length, parse_dol
from harness.codec.tlv import parse
from harness.crypto import messaging
from harness.profiles.image import AIP_CDA, AIP_DDA, AIP_ISSUER_AUTHENTICATION, load_image
from harness.virtualcard.card import open_card

IMAGES = (
    "visa-credit",
    "visa-debit",
    "mastercard-debit",
    "maestro",
    "unionpay-ecash",
    "rupay-debit",
    "visa-plus",
)
KINDS = ("AAC", "TC", "ARQC")
CID = {"AAC": 0x00, "TC": 0x40, "ARQC": 0x80}
RANK = {0x00: 0, 0x80: 1, 0x40: 2}
NONE, SELECTED, INITIATED, ONLINE, DONE = range(5)


class CardMachine(RuleBasedStateMachine):
    """One card of one image for a whole run of commands and resets."""

    @initialize(image=st.sampled_from(IMAGES), seed=st.integers(0, 3))
    def insert(self, image: str, seed: int) -> None:
        self.app = load_image(image).applications[0]
        self.card = open_card(image, seed=seed)
        self.card.power_on()
        self.phase = NONE
        self.atc, self.last_online, self.tries = 0, 0, self.app.pin_tries
        self.blocked = self.killed = False
        self.cryptogram = b""
        self.unblocked = False

    # What the model expects

    def send(self, command: CommandApdu | bytes) -> tuple[int, bytes]:
        raw = command if isinstance(command, bytes) else command.to_bytes()
        answer = self.card.process(raw)
        assert answer.response is not None, "a card without faults always answers"
        assert 2 <= len(answer.response) <= 258
        assert not answer.removed
        return int.from_bytes(answer.response[-2:]), answer.response[:-2]

    def length(self, dol: bytes) -> int:
        return dol_length(parse_dol(dol))

    @rule(cold=st.booleans())
    def reset(self, cold: bool) -> None:
        if cold:
            self.card.power_off()
            self.card.power_on()
        else:
            self.card.warm_reset()
        self.phase = NONE

    @rule(whole=st.booleans())
    def select(self, whole: bool) -> None:
        sw, data = self.send(apdu.select(self.app.aid if whole else self.app.aid[:5]))
        if self.killed:
            assert sw == 0x6A81
            return
        assert sw == (0x6283 if self.blocked else 0x9000)
        assert data[0] == 0x6F
        self.phase = SELECTED

    @rule()
    def select_nobody(self) -> None:
        sw, _data = self.send(apdu.select(bytes.fromhex("A0000009990000")))
        assert sw == (0x6A81 if self.killed else 0x6A82)

    @rule(wrong=st.booleans())
    def initiate(self, wrong: bool) -> None:
        data = bytes(self.length(self.app.pdol) + wrong)
        sw, answer = self.send(apdu.get_processing_options(data))
        if self.phase != SELECTED:
            assert sw == 0x6985
        elif wrong:
            assert sw == 0x6700
        else:
            assert sw == 0x9000
            assert answer[0] in (0x77, 0x80)
            self.atc += 1
            self.phase = INITIATED

    @rule(sfi=st.integers(1, 4), number=st.integers(1, 5))
    def read(self, sfi: int, number: int) -> None:
        sw, data = self.send(apdu.read_record(sfi, number))
        places = {(record.sfi, record.number) for record in self.app.records}
        if self.phase == NONE:
            assert sw == 0x6985
        elif sfi not in {place[0] for place in places}:
            assert sw == 0x6A82
        elif self.phase == SELECTED:
            assert sw == 0x6985
        else:
            assert sw == (0x9000 if (sfi, number) in places else 0x6A83)
            assert bool(data) == ((sfi, number) in places)

    @rule(right=st.booleans())
    def verify(self, right: bool) -> None:
        sw, _data = self.send(apdu.verify_plaintext(self.app.pin if right else "9999"))
        if self.phase not in (SELECTED, INITIATED):
            assert sw == 0x6985
        elif not self.tries:
            assert sw == 0x6983, "a blocked PIN never unblocks itself"
        elif right:
            assert sw == 0x9000
            self.tries = self.app.pin_tries
        else:
            self.tries -= 1
            assert sw == 0x63C0 | self.tries

    @rule(kind=st.sampled_from(KINDS), cda=st.booleans(), wrong=st.booleans())
    def generate(self, kind: str, cda: bool, wrong: bool) -> None:
        first = self.phase != ONLINE
        dol = self.app.cdol1 if first else self.app.cdol2
        data = bytes(self.length(dol) + wrong)
        sw, answer = self.send(apdu.generate_ac(kind, data, cda=cda))
        if self.phase not in (INITIATED, ONLINE):
            assert sw == 0x6985
            return
        if (cda and not self.app.aip[0] & AIP_CDA) or (kind == "ARQC" and not first):
            assert sw == 0x6A86
            return
        if wrong:
            assert sw == 0x6700
            return
        assert sw == 0x9000
        self.judge(kind, answer, first=first)

    def judge(self, kind: str, answer: bytes, *, first: bool) -> None:
        node = parse(answer).nodes[0]
        raw = node.value
        if node.tag == 0x77:
            found = {child.tag: child.value for child in node.children}
            raw = found[0x9F27] + found[0x9F36] + found.get(0x9F26, bytes(8))
        assert int.from_bytes(raw[1:3]) == self.atc, "the counter of this transaction"
        assert RANK[raw[0]] <= RANK[CID[kind]], "never more than what was asked for"
        if self.blocked:
            assert raw[0] == CID["AAC"]
        if first:
            self.cryptogram = raw[3:11]
            self.phase = ONLINE if raw[0] == CID["ARQC"] else DONE
        else:
            assert raw[0] != CID["ARQC"]
            self.phase = DONE

    @rule(
        steps=st.integers(1, 3),
        kind=st.sampled_from(KINDS),
        second=st.sampled_from(("AAC", "TC")),
        tries=st.integers(0, 4),
    )
    def transaction(self, steps: int, kind: str, second: str, tries: int) -> None:
        """The usual order, so that arbitrary commands also meet a card that is far on."""
        if self.killed:
            return
        self.select(whole=True)
        self.initiate(wrong=False)
        for _ in range(tries):
            self.verify(right=False)
        if steps > 1:
            self.generate(kind, cda=False, wrong=False)
        if steps > 2 and self.phase == ONLINE:
            self.generate(second, cda=False, wrong=False)

    @rule(length=st.sampled_from((3, 4, 5)))
    def internal(self, length: int) -> None:
        sw, _data = self.send(bytes((0, 0x88, 0, 0, length)) + bytes(length) + b"\0")
        if self.phase != INITIATED:
            assert sw == 0x6985
        elif not self.app.aip[0] & AIP_DDA:
            assert sw == 0x6D00
        else:
            assert sw == (0x9000 if length == 4 else 0x6700)

    @rule(data=st.binary(min_size=8, max_size=16))
    def external(self, data: bytes) -> None:
        sw, _answer = self.send(apdu.external_authenticate(data))
        if self.phase == NONE:
            assert sw == 0x6985
        elif not self.app.aip[0] & AIP_ISSUER_AUTHENTICATION:
            assert sw == 0x6D00
        else:
            assert sw in (0x6985, 0x6300), "nobody guesses issuer authentication data"

    @precondition(lambda self: self.phase in (ONLINE, DONE) and any(self.cryptogram))
    @rule(ins=st.sampled_from((0x1E, 0x18, 0x24)), forged=st.booleans())
    def script(self, ins: int, forged: bool) -> None:
        perso = self.card._engine.apps[0].perso  # type: ignore[attr-defined]
        entry, keys = perso.cryptograms, perso.master_keys
        header = bytes((messaging.method_of(entry).cla, ins, 0, 0))
        session = {"atc": self.atc.to_bytes(2, "big"), "arqc": self.cryptogram}
        command = bytearray(messaging.protect(entry, keys, header, **session))
        command[-1] ^= forged
        sw, _data = self.send(bytes(command))
        if forged:
            assert sw == 0x6988
            return
        assert sw == 0x9000
        if ins == 0x24:
            self.tries = self.app.pin_tries
        else:
            self.blocked = ins == 0x1E

    @rule(raw=st.binary(max_size=40))
    def noise(self, raw: bytes) -> None:
        """Any bytes: an answer of some status word, and the counters stay where they were. What
        happens to be a command that moves the model is left to the rules above."""
        if len(raw) > 1 and raw[1] in (0x20, 0xA4, 0xA8, 0xAE):
            raw = raw[:1] + b"\x3f" + raw[2:]
        sw, _data = self.send(raw)
        assert sw >> 8 in (0x61, 0x62, 0x63, 0x67, 0x68, 0x69, 0x6A, 0x6C, 0x6D, 0x6E, 0x90)

    @invariant()
    def counters_are_the_models(self) -> None:
        if not hasattr(self, "card") or self.phase == NONE:
            return
        sw, data = self.send(apdu.get_data(0x9F36))
        assert sw == 0x9000
        assert int.from_bytes(data[3:]) == self.atc
        _sw, data = self.send(apdu.get_data(0x9F13))
        online = int.from_bytes(data[3:])
        assert self.last_online <= online <= self.atc, "the last online counter never goes back"
        self.last_online = online
        _sw, data = self.send(apdu.get_data(0x9F17))
        assert data[3] == self.tries
