"""Terms: what keys of promises mean that many checks read."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Service = Annotated[str, Field(description="A service of the compose file.")]
Services = Annotated[list[str], Field(description="Services of the compose file.")]
Client = Annotated[str, Field(description="The service that is the client.")]
Clients = Annotated[list[str], Field(description="The services that are clients.")]
AskedFrom = Annotated[str, Field(description="The service from beside which is asked.")]
Ready = Annotated[str, Field(description="The service to wait for, until it answers.")]
Port = Annotated[int, Field(description="A port in the container.")]
HostPort = Annotated[int, Field(description="A port of the documented host.")]
Network = Annotated[str, Field(description="A network, by its key in the compose file.")]
Volume = Annotated[str, Field(description="A volume, by its key in the compose file.")]
Overlay = Annotated[str, Field(description="A file of overlays/, without its ending.")]
Path = Annotated[str, Field(description="What a request asks for, with its query.")]
Paths = Annotated[list[str], Field(description="What requests ask for, with their queries.")]
Status = Annotated[int, Field(description="The status of the HTTP answer.")]
Target = Annotated[str, Field(description="Where it is mounted in the container.")]
Source = Annotated[str, Field(description="What is mounted, below the stack's folder.")]
Socket = Annotated[str, Field(description="The path of a Unix socket in the container.")]
Sockets = Annotated[dict[str, str], Field(description="By service, the path of its Unix socket.")]
Mode = Annotated[str, Field(description="Permission bits: four octal digits, in quotes.")]
Folder = Annotated[str, Field(description="A folder below the stack's folder.")]
Folders = Annotated[list[str], Field(description="Folders below the stack's folder.")]
Command = Annotated[str, Field(description="The command, word for word as it is printed.")]
Commands = Annotated[list[str], Field(description="The commands as printed, in their order.")]
Needs = Annotated[list[str], Field(description="Programs of the host that the command calls.")]
Root = Annotated[str, Field(description="Why only root can try it; other users cannot look.")]
Backend = Annotated[str, Field(description="The host process, by its name in stack.yaml.")]
Door = Annotated[
    str, Field(description="Where the client tells what its servers say: ``host:port/path``.")
]
Unset = Annotated[
    list[str], Field(description="Variables that are left out; a star stands for any ending.")
]
Set = Annotated[dict[str, str], Field(description="Variables that are set, with their values.")]
WithinSeconds = Annotated[float, Field(description="How long it may take.")]
ExitCode = Annotated[int, Field(description="The code with which the process ends.")]
