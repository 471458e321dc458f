"""The probes of ``doctor`` say what is missing and what to type."""

from __future__ import annotations

import os
import socket
import sys

import pytest

from harness.core.errors import NoReader
from harness.link import doctor
from harness.link.culprits import processes, running_culprits
from harness.link.daemon import daemon_identity, wake_daemon


@pytest.fixture
def tree(tmp_path):
    """A file system in which programs run and kernel modules are loaded."""
    for pid, name in ((11, "scdaemon"), (12, "bash"), (13, "pcscd"), (14, "pcscd")):
        folder = tmp_path / "proc" / str(pid)
        folder.mkdir(parents=True)
        (folder / "comm").write_text(name + "\n")
    (tmp_path / "proc" / "15").mkdir()
    (tmp_path / "sys/module/pn533_usb").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def socket_path(tmp_path, monkeypatch):
    path = tmp_path / "pcscd.comm"
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(path))
    return path


def test_programs_that_hold_readers_are_named(tree):
    assert [(one.name, one.pid) for one in running_culprits(tree / "proc")] == [("scdaemon", 11)]
    assert running_culprits(tree / "proc")[0].todo
    assert ("bash", 12) in processes(tree / "proc")
    findings = doctor._programs(tree)
    assert "scdaemon (pid 11)" in findings[0].value
    assert "13, 14" in findings[1].value
    assert running_culprits(tree / "nothing") == []


def test_kernel_driver_that_takes_the_reader(tree):
    [finding] = doctor._kernel(tree)
    assert finding.ok is False
    assert "pn533_usb" in finding.value
    assert "| sudo tee /etc/modprobe.d/" in finding.todo
    assert doctor._kernel(tree / "proc") == []


def test_socket_that_is_not_there(socket_path):
    [finding] = doctor._daemon_socket()
    assert finding.ok is False
    assert str(socket_path) in finding.value
    assert "pcscd" in finding.todo
    assert daemon_identity() == ""


def test_socket_that_a_crash_left(socket_path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(socket_path))
    [finding] = doctor._daemon_socket()
    assert finding.ok is False
    assert "without cleaning up" in finding.value
    assert not wake_daemon()


def test_socket_that_answers(socket_path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(socket_path))
        listener.listen()
        [finding] = doctor._daemon_socket()
    assert finding.ok is True
    assert "PCSCLITE_CSOCK_NAME" in finding.value
    assert daemon_identity() != ""


def test_socket_without_the_right_to_use_it(socket_path, monkeypatch):
    socket_path.write_text("")
    monkeypatch.setattr(os, "access", lambda *_a: False)
    [finding] = doctor._daemon_socket()
    assert "may not be used" in finding.value


@pytest.mark.parametrize(("names", "ok"), [((), None), (("vpcd",), True), (("a", "b"), False)])
def test_vpcd_entries(tmp_path, monkeypatch, names, ok):
    monkeypatch.setattr(doctor, "find_driver", lambda name: tmp_path / name)
    (tmp_path / "other").write_text("# LIBPATH /usr/lib/libifdvpcd.so\nLIBPATH other.so\n")
    for name in names:
        (tmp_path / name).write_text("LIBPATH /usr/lib/libifdvpcd.so\n")
    [finding] = doctor._vpcd(tmp_path)
    assert finding.ok is ok
    assert all(name in finding.value + finding.todo for name in names)


def test_missing_vpcd_driver(monkeypatch):
    monkeypatch.setattr(doctor, "find_driver", lambda name: None)
    [finding] = doctor._vpcd()
    assert "vsmartcard-vpcd" in finding.todo


def test_missing_daemon(monkeypatch):
    monkeypatch.setattr(doctor, "find_tool", lambda name: None)
    [finding] = doctor._daemon_program()
    assert finding.ok is False
    assert "pcscd" in finding.todo
    assert doctor.pcscd_version() == ""
    assert doctor.package_version("libccid") == ""


def test_missing_pyscard(monkeypatch):
    monkeypatch.delitem(sys.modules, "harness.link.pcsc", raising=False)
    monkeypatch.delattr("harness.link.pcsc", raising=False)
    monkeypatch.setitem(sys.modules, "smartcard", None)
    [finding] = doctor._pyscard()
    assert finding.ok is False
    assert "emv-harness[pcsc]" in finding.todo
    assert doctor._readers() == []


def test_polkit_concerns_other_users_away_from_the_machine(tmp_path, monkeypatch):
    policy = tmp_path / "usr/share/polkit-1/actions/org.debian.pcsc-lite.policy"
    policy.parent.mkdir(parents=True)
    policy.write_text("")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("SSH_CONNECTION", "1 2 3 4")
    [finding] = doctor._polkit(tmp_path)
    assert "org.debian.pcsc-lite.access_" in finding.todo
    assert "| sudo tee /etc/polkit-1/rules.d/" in finding.todo
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert doctor._polkit(tmp_path) == []


def test_readers_and_their_states(monkeypatch):
    state = type("State", (), {"present": True, "mute": True, "in_use": True})
    monkeypatch.setattr(doctor, "reader_names", lambda: ["Reader A"])
    monkeypatch.setattr(doctor, "reader_state", lambda name: state)
    [finding] = doctor._readers()
    assert finding.value == "Reader A: card, mute, in use"
    monkeypatch.setattr(doctor, "reader_names", list)
    assert doctor._readers()[0].todo


def test_a_probe_that_fails_does_not_stop_the_others(monkeypatch):
    def broken():
        raise NoReader("gone")

    monkeypatch.setattr(doctor, "_readers", broken)
    findings = doctor.probe_all()
    assert any("gone" in finding.value for finding in findings)
    assert any(finding.name == "pcscd" for finding in findings)


def test_versions_are_texts():
    assert all(value for value in doctor.versions().values())
