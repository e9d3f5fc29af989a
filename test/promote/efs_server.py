"""moto's EFS on a free port of 127.0.0.1. The first line of stdout is its port and a subnet for mount targets.

moto knows no state but `available`, and no permissions: a line `<id> <state>` on stdin gives a resource another state,
a line `deny <action>` takes a permission away; each is answered by a line `done`.
"""

import json
import logging
import os
import sys
import threading
from collections.abc import Iterable
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.ec2 import ec2_backends
from moto.efs.models import AccessPoint, FileSystem, MountTarget
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

ACTIONS = {
    "file-systems": "DescribeFileSystems",
    "mount-targets": "DescribeMountTargets",
    "access-points": "DescribeAccessPoints",
}
states: dict[str, str] = {}
denied: set[str] = set()


def with_state(described: Any) -> Any:
    def info_json(self: Any) -> dict[str, Any]:
        info: dict[str, Any] = described(self)
        own = info.get("AccessPointId") or info.get("MountTargetId") or info["FileSystemId"]
        return info | {"LifeCycleState": states.get(own, info["LifeCycleState"])}

    return info_json


for resource in (FileSystem, MountTarget, AccessPoint):
    resource.info_json = with_state(resource.info_json)
service = DomainDispatcherApplication(create_backend_app)


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """As AWS answers whoever lacks a permission."""
    path = environ["PATH_INFO"].rstrip("/").rsplit("/", 1)[-1]
    if environ["REQUEST_METHOD"] == "GET" and ACTIONS.get(path) in denied:
        headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", "AccessDeniedException")]
        start_response("403 Forbidden", headers)
        return [json.dumps({"Message": "User is not authorized"}).encode()]
    return service(environ, start_response)


def obey() -> None:
    for line in sys.stdin:
        what, value = line.split()
        if what == "deny":
            denied.add(value)
        else:
            states[what] = value
        print("done", flush=True)
    os._exit(0)  # The test's process is gone, however it went.


logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = make_server("127.0.0.1", 0, application, threaded=False)
subnets = ec2_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].get_default_subnets()
print(json.dumps({"port": server.port, "subnet": next(iter(subnets.values())).id}), flush=True)
threading.Thread(target=obey, daemon=True).start()
server.serve_forever()
