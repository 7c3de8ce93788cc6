"""LLVM IR -> machine code in memory, for the very processor it runs on. Nothing is written to disk."""

import ctypes
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import llvmlite.binding as llvm

from ..catalogue import Activation
from . import sources
from .codegen import Dtype, Source, llvm_ir

# LLVM may be entered by one thread at a time. A fork while another thread compiles must not leave the child locked.
_lock = threading.RLock()


def _fresh_lock() -> None:
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_fresh_lock)


@dataclass(frozen=True, slots=True)
class Kernel:
    """Compiled code, alive as long as this record."""

    loop: Callable[..., None]
    """Run on `count` elements or rows in this thread: pointers, count, columns, parameters."""
    share: Callable[[int], None]
    """Take pieces of the job at this address until none is left, with the GIL released."""
    share_address: int
    engine: Any


def target() -> Any:
    """Return a new description of this processor; an engine that is made with it deletes it when it goes."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features().flatten()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=3, jit=True
    )


def optimised(source: Source, machine: Any) -> Any:
    """Return the LLVM module of a kernel, optimised and vectorised for `machine`."""
    module = llvm.parse_assembly(llvm_ir(source))
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = True
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    return module


def assembly(source: Source) -> str:
    """Return the machine code of a kernel as assembly text."""
    with _lock:
        machine = target()
        return str(machine.emit_assembly(optimised(source, machine)))


@lru_cache(maxsize=1024)
def compiled(source: Source) -> Kernel:
    """Return the kernel that computes `source`; compiled at the first call, about 20 ms."""
    with _lock:
        machine = target()
        engine = llvm.create_mcjit_compiler(optimised(source, machine), machine)
        engine.finalize_object()
    word, pointer = ctypes.c_int64, ctypes.c_void_p
    arrays = [pointer] * (len(source.inputs) + len(source.outputs))
    loop_type = ctypes.PYFUNCTYPE(None, *arrays, word, word, *[ctypes.c_double] * len(source.parameters))
    share_address = engine.get_function_address("share")
    return Kernel(
        loop=loop_type(engine.get_function_address("loop")),
        share=ctypes.CFUNCTYPE(None, pointer)(share_address),
        share_address=share_address,
        engine=engine,
    )


@lru_cache(maxsize=1024)
def kernel_for(activation: Activation, kind: sources.Kind, dtype: Dtype, bound: sources.Bound) -> Kernel:
    """Return the kernel of an activation, with every parameter's value given in declared order."""
    return compiled(sources.source(activation, kind, dtype, bound))
