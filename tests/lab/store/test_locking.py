"""A sweep has one driver; the system itself frees it when its process ends, however it ends."""

import os
import subprocess
import sys

import pytest

from actscope.errors import StoreError, SweepBusyError
from actscope.lab.store import Store
from actscope.lab.store.locking import locked

HOLD = """
import sys, time
from pathlib import Path
from actscope.lab.store import Store
from actscope.lab.store.locking import locked
with Store(Path(sys.argv[1])) as store, locked(store, "xor-1"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_driver_is_refused_with_the_name_of_the_first_until_that_is_gone(tmp_path):
    path = tmp_path / "a.sqlite"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], env=environment, stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"held\n"
    with Store(path) as store:
        with pytest.raises(SweepBusyError, match=f"xor-1 is being run by process {holder.pid} since 20"):
            locked(store, "xor-1").__enter__()
        with locked(store, "xor-2"):
            pass
        holder.kill()
        holder.communicate()
        with locked(store, "xor-1"), pytest.raises(SweepBusyError, match=f"process {os.getpid()}"):
            locked(store, "xor-1").__enter__()
        with locked(store, "xor-1"):
            pass


def test_a_place_for_locks_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "a.sqlite.locks").write_text("mine")
    with Store(tmp_path / "a.sqlite") as store, pytest.raises(StoreError, match="cannot lock the sweep xor-1"):
        locked(store, "xor-1").__enter__()
