"""Doctor's look at udev rules and at USB power, over made-up file trees."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.link import doctor


def usb(root: Path, name: str, kind: str, power: str) -> None:
    folder = root / "sys/bus/usb/devices" / name
    interface = root / "sys/bus/usb/devices" / f"{name}:1.0"
    (folder / "power").mkdir(parents=True)
    interface.mkdir()
    (folder / "power/control").write_text(f"{power}\n")
    (interface / "bInterfaceClass").write_text(f"{kind}\n")


def test_a_reader_that_may_sleep_is_told_with_the_command(tmp_path: Path) -> None:
    usb(tmp_path, "1-2", "0b", "auto")
    usb(tmp_path, "1-3", "0b", "on")
    usb(tmp_path, "1-4", "03", "auto")
    [found] = doctor._usb_power(tmp_path)
    assert found.ok is None
    assert "1-2" in found.value
    assert "power/control" in found.todo


@pytest.mark.parametrize(("version", "state"), [("2.4.1", False), ("1.9.9", None)])
def test_new_daemons_need_udev_rules(
    version: str, state: bool | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "pcscd_version", lambda: version)
    found = doctor._udev(tmp_path)
    assert [one.ok for one in found] == ([] if state is None else [state])
    rules = tmp_path / "usr/lib/udev/rules.d"
    rules.mkdir(parents=True)
    (rules / "92_pcscd_ccid.rules").write_text("")
    [good] = doctor._udev(tmp_path)
    assert good.ok is True
