"""Holds commands of the AWS CLI against the models it is made from: a list on stdin, the faults on stdout."""

import json
import sys
from functools import cache

import jmespath
from botocore import xform_name
from botocore.session import Session

# Made for the CLI by hand, so in no model.
CLI_ONLY = {("configure", None), ("sso", "login"), ("ecr", "get-login-password"), ("logs", "tail")}
EVERYWHERE = {"output", "query", "region", "profile", "max-items", "page-size", "paginate", "cli-pager"}

session = Session()


@cache
def operations(service: str) -> dict[str, str]:
    model = session.get_service_model(service)
    return {xform_name(name, "-"): name for name in model.operation_names}


def fault(words: list[str], inline: bool) -> str:
    """What is wrong with a command, or nothing. In a sentence (`inline`) its options may be left out."""
    _, service, operation, *rest = words
    service = "s3" if service == "s3api" else service
    if words[1] == "s3" and operation in ("cp", "ls", "mb", "mv", "rb", "rm", "sync"):
        return ""
    if (service, None) in CLI_ONLY or (service, operation) in CLI_ONLY:
        return ""
    if service not in session.get_available_services():
        return f"there is no service {service}"
    if operation == "wait":
        return "" if rest[0].replace("-", "_") in waiters(service) else f"{service} cannot wait for {rest[0]}"
    name = operations(service).get(operation)
    if name is None:
        return f"{service} has no {operation}"
    shape = session.get_service_model(service).operation_model(name).input_shape
    members = {xform_name(member, "-"): member for member in (shape.members if shape else {})}
    options = [word.removeprefix("--").split("=")[0] for word in rest if word.startswith("--")]
    given = [option if option in members else option.removeprefix("no-") for option in options]
    for option in given:
        if option not in members and option not in EVERYWHERE:
            return f"{service} {operation} has no --{option}"
    lacking = [member for member in (shape.required_members if shape else []) if xform_name(member, "-") not in given]
    if lacking and not (inline and not rest):
        return f"{service} {operation} needs {', '.join(lacking)}"
    if "--query" in rest:
        try:
            jmespath.compile(rest[rest.index("--query") + 1])
        except jmespath.exceptions.ParseError as error:
            return f"its query cannot be read: {error}"
    return ""


def waiters(service: str) -> set[str]:
    return {xform_name(name) for name in session.get_waiter_model(service).waiter_names}


found = ((entry, fault(entry["words"], entry["inline"])) for entry in json.load(sys.stdin))
print(json.dumps([f"{entry['file']}: {' '.join(entry['words'])}: {wrong}" for entry, wrong in found if wrong]))
