"""The line to a forked kernel: Unix sockets in a folder that only the two can read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.blocking.client import BlockingKernelClient

from opt4ml_grading.kernel import TEST

MESSAGE_BYTES = 64 << 20
"""Largest message that is read from a kernel; a larger one ends the connection."""


def write_connection_file(folder: Path) -> Path:
    """Make the folder for the sockets, with the file that tells both sides where they are."""
    folder.mkdir(mode=0o700)
    path = folder / "connection.json"
    ports = ("shell", "iopub", "stdin", "hb", "control")
    settings: dict[str, Any] = {f"{name}_port": number for number, name in enumerate(ports, start=1)}
    settings |= {"transport": "ipc", "ip": str(folder / "kernel"), "key": os.urandom(32).hex()}
    settings["signature_scheme"] = "hmac-sha256"
    path.touch(mode=0o600)
    path.write_text(json.dumps(settings), encoding="utf-8")
    return path


class Connection(BlockingKernelClient):  # type: ignore[misc]
    """jupyter_client's, with the two channels that are used, and with marks on tests."""

    def __init__(self, connection_file: Path) -> None:
        super().__init__()
        self.load_connection_file(str(connection_file))
        self.context.setsockopt(zmq.MAXMSGSIZE, MESSAGE_BYTES)
        self.context.setsockopt(zmq.RCVHWM, 0)  # beyond it a kernel would drop what a cell shows
        self.start_channels(stdin=False, hb=False, control=False)

    def send_cell(self, source: str, is_test: bool) -> str:
        """Ask for a cell to be executed; the identifier of the request."""
        content = {
            "code": source,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        message = self.session.msg("execute_request", content, metadata={TEST: True} if is_test else {})
        self.shell_channel.send(message)
        return str(message["header"]["msg_id"])
