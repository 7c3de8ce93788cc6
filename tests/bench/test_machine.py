"""Who else is at work: seen where the system tells, and not where it does not."""

import subprocess
import sys
import time

import pytest

from actscope.bench import machine


@pytest.mark.skipif(machine.busy_seconds() is None, reason="the system does not tell how busy its processors are")
def test_another_process_at_work_is_seen():
    command = [sys.executable, "-c", "while True: pass"]
    with subprocess.Popen(command) as other:
        try:
            time.sleep(0.2)
            with machine.watched() as others:
                time.sleep(0.6)
        finally:
            other.kill()
    assert others.taken is not None
    # It may have to share its processor with still others.
    assert others.taken > 0.2
    assert others.busy


def test_own_work_is_not_that_of_others(monkeypatch):
    clock = iter([10.0, 11.5])
    monkeypatch.setattr(machine, "busy_seconds", lambda: next(clock))
    own = iter([3.0, 4.49])
    monkeypatch.setattr(machine.time, "process_time", lambda: next(own))
    with machine.watched() as others:
        time.sleep(0.05)
    assert others.taken == pytest.approx(0.01)
    assert not others.busy


def test_what_the_system_does_not_tell_is_not_known(monkeypatch):
    monkeypatch.setattr(machine, "busy_seconds", lambda: None)
    with machine.watched() as others:
        pass
    assert others.taken is None
    assert not others.busy


def test_only_the_processors_of_this_process_count(monkeypatch):
    text = "cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 100 20 30 9999 7 5 5 40 60 0\ncpu1 1000 0 0 0 0 0 0 0 0 0\nintr 1\n"
    monkeypatch.setattr(machine, "_read", lambda _: text)
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda _: {0}, raising=False)
    monkeypatch.setattr(machine.os, "sysconf", lambda _: 100)
    # User, nice, system, interrupts and what the host took; idle, waiting and guests are not added.
    assert machine.busy_seconds() == pytest.approx(2.0)


def test_the_environment_names_what_was_measured():
    found = machine.environment()
    assert found.processors >= 1
    assert {"actscope", "numpy", "torch"} <= set(found.libraries)
    assert found.processor
