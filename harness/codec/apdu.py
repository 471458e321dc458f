"""APDUs: the two frames, the builders for EMV commands, and the names of commands."""

from __future__ import annotations

from harness.codec.commands import (
    external_authenticate,
    generate_ac,
    get_challenge,
    get_data,
    get_processing_options,
    get_response,
    internal_authenticate,
    read_record,
    select,
    verify_plaintext,
)
from harness.codec.frames import CommandApdu, ResponseApdu
from harness.codec.naming import command_name, command_summary

__all__ = [
    "CommandApdu",
    "ResponseApdu",
    "command_name",
    "command_summary",
    "external_authenticate",
    "generate_ac",
    "get_challenge",
    "get_data",
    "get_processing_options",
    "get_response",
    "internal_authenticate",
    "read_record",
    "select",
    "verify_plaintext",
]
