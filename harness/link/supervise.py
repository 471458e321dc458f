"""Running a job so that nothing that a reader does can hang the harness (rule 11)."""

from __future__ import annotations

from collections.abc import Callable

from harness.core.errors import HarnessError
from harness.link.flight import MemoryLog
from harness.link.jobs import JobEnd, JobSpec, one_reader, resolve, with_flight
from harness.link.watched import WatchedReader

__all__ = ["JobEnd", "JobSpec", "run_job"]

_INLINE = ("virtual", "replay")


def run_job(spec: JobSpec, on_event: Callable[[object], None]) -> JobEnd:
    """Run a job function on one reader and say how it ended; never raises what the job raised.

    A virtual reader's job runs here. Any other runs in a worker process, which is killed when a
    call passes its deadline, at ``limit_s``, and on Ctrl-C; what it had exchanged and emitted
    until then is kept. ``on_event`` gets what the job emits, in order, in this process.
    """
    if spec.reader_selector.partition(" ")[0].partition(":")[0] in _INLINE:
        return _run_inline(spec, on_event)
    from harness.link.supervisor import Supervisor

    return Supervisor(spec, on_event).run()


def _run_inline(spec: JobSpec, on_event: Callable[[object], None]) -> JobEnd:
    log = MemoryLog()
    end = JobEnd("interrupted")
    try:
        reader = one_reader(spec.reader_selector, spec.options)
        watched = WatchedReader(reader, log, spec.options.deadline_s)
        end = JobEnd("done", resolve(spec.function)(watched, on_event, **spec.kwargs))
    except HarnessError as error:
        end = JobEnd("crashed", exception=error, error=error.what)
    except KeyboardInterrupt:
        pass
    return with_flight(end, log.flight())
