from __future__ import annotations

import os

from warm_jobs import supervisor


def test_a_job_that_ends_before_it_is_let_go_takes_no_other_with_it() -> None:
    """The engine stops a job while Python still loads: its go comes after the signal."""
    reader, gate = os.pipe()
    os.close(reader)
    job = supervisor.Job(id=1, pid=0, log=0, grace_seconds=1, gate=gate, lines={})
    supervisor.Supervisor(jobs=[job]).obey({"do": "go", "id": 1})
    os.close(gate)
