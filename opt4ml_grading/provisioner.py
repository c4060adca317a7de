"""A Jupyter kernel that has been forked already: its provisioner and its manager.

jupyter_client asks a provisioner for a process; this one hands over the forked one and speaks to it over
Unix sockets in a folder that only the two can read.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from importlib.metadata import EntryPoint
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory as Factory
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from traitlets import Any as AnyTrait
from traitlets import Type

from opt4ml_grading.kernel import TEST, Forked

NAME = "opt4ml-grading-fork"
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


class ForkProvisioner(KernelProvisionerBase):
    """Answers for a forked kernel, which is a child of this process."""

    parent: Any
    status: int | None = None

    @property
    def has_process(self) -> bool:
        """Whether the kernel has been handed over and is not reaped."""
        return self.status is None

    @property
    def forked(self) -> Forked:
        """The process of the manager that owns this provisioner."""
        found: Forked = self.parent.forked
        return found

    async def poll(self) -> int | None:
        """The exit status, None while it runs."""
        if self.status is None:
            try:
                pid, status, self.parent.usage = os.wait4(self.forked.pid, os.WNOHANG)
            except ChildProcessError:
                pid, status = self.forked.pid, 0
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status

    async def wait(self) -> int | None:
        """Wait for its end."""
        while await self.poll() is None:
            await asyncio.sleep(0.005)
        return self.status

    async def send_signal(self, signum: int) -> None:
        """Send a signal, if it is still there."""
        if await self.poll() is None:
            os.kill(self.forked.pid, signum)

    async def kill(self, restart: bool = False) -> None:
        """End it at once, and with it all that it has started."""
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        """The same: the first process of a namespace ignores a polite request."""
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        """Nothing: the supervisor removes the folder."""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """There is no command to prepare."""
        return await super().pre_launch(cmd=[], **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """The connection of the forked kernel."""
        self.connection_info = self.parent.get_connection_info()
        return self.connection_info


Factory.instance().provisioners[NAME] = EntryPoint(
    name=NAME, value=f"{__name__}:ForkProvisioner", group=Factory.GROUP_NAME
)


class ForkClient(AsyncKernelClient):
    """A client that marks tests, and that needs no pause to see that the kernel is there."""

    parent: Any
    is_test = False
    """Whether the next cell is a test."""

    def execute(self, *arguments: Any, **keywords: Any) -> str:
        """Send a cell, with the mark in its metadata."""
        if not self.is_test:
            return str(super().execute(*arguments, **keywords))
        code, store_history = arguments[0], keywords.get("store_history", True)
        content = {
            "code": code,
            "silent": False,
            "store_history": store_history,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        message = self.session.msg("execute_request", content, metadata={TEST: True})
        self.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def start_channels(self, *_: Any, **__: Any) -> None:
        """Those for requests and for what a cell shows: nothing is asked, and the process is watched."""
        super().start_channels(stdin=False, hb=False, control=False)

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        """Ask until the answer comes on both channels; the sockets are bound already."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (timeout or 60)
        while loop.time() < deadline:
            request = self.kernel_info()
            try:
                reply = await self.shell_channel.get_msg(timeout=2)
                if reply["parent_header"].get("msg_id") != request:
                    continue
                self._handle_kernel_info_reply(reply)
                while True:  # until the status "idle" of this request has come
                    message = await self.iopub_channel.get_msg(timeout=0.5)
                    idle = message["content"].get("execution_state") == "idle"
                    if idle and message["parent_header"].get("msg_id") == request:
                        return
            except Empty:
                if await self.parent.provisioner.poll() is not None:
                    raise RuntimeError("the kernel ended before it answered") from None
        raise RuntimeError(f"the kernel did not answer within {timeout:g} s")

    wait_for_ready = _async_wait_for_ready


class ForkManager(AsyncKernelManager):
    """Manager of a kernel that has been forked."""

    client_class = f"{__name__}.ForkClient"
    client_factory = Type(klass="jupyter_client.KernelClient", default_value=ForkClient)
    forked: Any = AnyTrait()
    usage: Any = AnyTrait(None, allow_none=True)

    def __init__(self, forked: Forked, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.forked = forked
        self.load_connection_file(str(forked.connection_file))
        import zmq  # already imported by jupyter_client

        self.context.setsockopt(zmq.MAXMSGSIZE, MESSAGE_BYTES)

    @property
    def kernel_spec(self) -> KernelSpec:
        """One that names the provisioner."""
        chosen = {"kernel_provisioner": {"provisioner_name": NAME, "config": {}}}
        return KernelSpec(argv=["python"], display_name="forked", language="python", metadata=chosen)

    @property
    def ipykernel(self) -> bool:
        """It is one."""
        return True
