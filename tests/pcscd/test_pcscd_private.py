"""The private daemon itself, and the command line around it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.core.errors import ConfigError
from harness.link.doctor import probe_all
from harness.testing import private_pcscd
from harness.testing.private_pcscd import PrivatePcscd, available, free_ports, main

pytestmark = pytest.mark.pcscd

LIST = (
    "from harness.link.pcsc_reader import reader_names\n"
    "import os\n"
    "print(';'.join(reader_names()), os.environ['EMV_VPCD_PORT'], os.getcwd())\n"
)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_command_runs_beside_it(daemon: PrivatePcscd):
    done = daemon.run([sys.executable, "-c", LIST], timeout=20)
    names, port, folder = done.stdout.strip().rsplit(" ", 2)
    assert names == "Virtual PCD 00 00;Virtual PCD 00 01"
    assert port == str(daemon.port)
    assert folder == str(Path.cwd())


def test_two_daemons_do_not_meet(daemon: PrivatePcscd):
    with PrivatePcscd(name="ACS ACR39U ICC Reader") as other:
        done = other.run([sys.executable, "-c", LIST], timeout=20)
        assert done.stdout.startswith("ACS ACR39U ICC Reader 00 00;")
        pid = other.daemon_pid
        assert alive(pid)
    assert not alive(pid)
    assert alive(daemon.daemon_pid)


def test_module_gives_the_commands_exit_code(daemon: PrivatePcscd):
    argv = [sys.executable, "-m", "harness.testing.private_pcscd", "--"]
    done = subprocess.run(
        [*argv, "sh", "-c", "test -S /run/pcscd/pcscd.comm && exit 7"], timeout=30, check=False
    )
    assert done.returncode == 7


def test_terminated_module_leaves_nothing(daemon: PrivatePcscd):
    argv = [sys.executable, "-m", "harness.testing.private_pcscd", "--"]
    outer = subprocess.Popen(
        [*argv, "sh", "-c", "echo $$; cat /run/pcscd/pcscd.pid; exec sleep 60"],
        stdout=subprocess.PIPE,
        text=True,
    )
    command, inner = int(outer.stdout.readline()), int(outer.stdout.readline())
    assert alive(command)
    assert alive(inner)
    outer.send_signal(signal.SIGTERM)
    outer.communicate(timeout=15)
    assert outer.returncode == 128 + signal.SIGTERM
    assert not alive(command)
    assert not alive(inner)


def test_killed_module_takes_its_daemon_along(daemon: PrivatePcscd):
    argv = [sys.executable, "-m", "harness.testing.private_pcscd", "--"]
    outer = subprocess.Popen(
        [*argv, "sh", "-c", "cat /run/pcscd/pcscd.pid; exec sleep 3"],
        stdout=subprocess.PIPE,
        text=True,
    )
    inner = int(outer.stdout.readline())
    outer.kill()
    outer.communicate(timeout=15)
    end = time.monotonic() + 10
    while alive(inner) and time.monotonic() < end:
        time.sleep(0.05)
    assert not alive(inner)


def test_system_s_socket_folder_is_not_touched(daemon: PrivatePcscd):
    assert daemon.socket_path.parent != Path("/run/pcscd")
    assert not Path("/run/pcscd/pcscd.comm").exists() or (
        Path("/run/pcscd/pcscd.comm").stat().st_ino != daemon.socket_path.stat().st_ino
    )


def test_doctor_finds_nothing_wrong(daemon: PrivatePcscd):
    wrong = [finding for finding in probe_all() if finding.ok is False]
    assert wrong == []


def test_check_says_that_it_is_possible(daemon: PrivatePcscd, capsys):
    assert main(["--check"]) == 0
    assert capsys.readouterr().out == "available\n"


def test_reason_without_rights(monkeypatch, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    ok, reason = available()
    assert not ok
    assert reason
    assert main(["--check"]) == 4
    assert capsys.readouterr().out == reason + "\n"
    with pytest.raises(ConfigError, match="cannot be started"):
        PrivatePcscd().start()


def test_reason_without_programs(monkeypatch):
    monkeypatch.setattr(private_pcscd, "find_tool", lambda name: None)
    assert available() == (False, "pcscd is not installed (package pcscd)")
    monkeypatch.setattr(private_pcscd, "find_tool", lambda name: "/bin/true")
    monkeypatch.setattr(private_pcscd, "find_driver", lambda name: None)
    assert "vsmartcard-vpcd" in available()[1]


def test_free_ports_come_in_pairs():
    import socket

    port = free_ports()
    for number in (port, port + 1):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", number))
            assert probe.getsockname()[1] == number
