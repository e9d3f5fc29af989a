"""The hosts of one job: SageMaker names them all to each in resourceconfig.json."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path

from .contract import JobError, read_json

FIRST_PORT, PORTS = 20000, 10000  # below those that systems give out by themselves (Linux: from 32768)


@dataclass(frozen=True)
class Hosts:
    current: str
    every: tuple[str, ...]  # in one order on all of them; the first leads
    interface: str | None  # of the network between them, where SageMaker says it

    @property
    def rank(self) -> int:
        return self.every.index(self.current)

    @property
    def leader(self) -> str:
        return self.every[0]

    @property
    def port(self) -> int:
        """Where the leader listens; the next one is free for another purpose. Alike on all hosts of a job, and
        another one for other hosts, so that jobs on one machine do not meet."""
        return FIRST_PORT + 2 * (zlib.crc32(json.dumps(self.every).encode()) % (PORTS // 2))


def read_hosts(path: Path, error_name: str) -> Hosts:
    """Reads resourceconfig.json; a folder made by hand has none and is one host. Errors: error_name."""
    if not path.is_file():
        return Hosts("localhost", ("localhost",), None)
    match read_json(path, error_name):
        case {"current_host": str(current), "hosts": list(every), **rest} if (
            all(isinstance(host, str) and host for host in every) and len(set(every)) == len(every) and current in every
        ):
            interface = rest.get("network_interface_name")
            return Hosts(current, tuple(every), interface if isinstance(interface, str) else None)
    raise JobError(error_name, "resourceconfig.json: expected current_host to be one of distinct hosts")
