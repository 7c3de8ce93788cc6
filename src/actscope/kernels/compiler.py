"""LLVM IR -> machine code in memory, for the very processor it runs on. Nothing is written to disk."""

import ctypes
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import llvmlite.binding as llvm

from ..catalogue import Activation
from . import sources
from .codegen import llvm_ir
from .entries import PYTHON_SYMBOLS, Arguments, llvm_entries, llvm_whole_numbers
from .memory import Dtype, Source

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

    call: Callable[..., None]
    """Run: addresses of the arrays, count, columns, piece, threads, address of GOMP_parallel, parameters."""
    share: Callable[[int], None]
    """Take pieces of the job at this address until none is left, with the GIL released."""
    loop: int
    """The address of the loop, for jobs."""
    parameters: tuple[str, ...]
    """The names of the numbers that the code takes; others are part of it."""
    kept: tuple[Any, ...]
    """What must live as long as the code."""

    def given(self, bound: sources.Bound) -> list[float]:
        """Return the numbers to call the code with, of all that are bound."""
        return [value for name, value in bound if name in self.parameters]


class _Method(ctypes.Structure):
    """How C tells Python of a function: PyMethodDef."""

    _fields_: ClassVar = [
        ("name", ctypes.c_char_p),
        ("address", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    ]


_FASTCALL = 0x80


@dataclass(frozen=True, slots=True)
class _Entry:
    """The way from Python into loops that take the same arguments."""

    method: _Method
    engine: Any

    def call(self, loop: int) -> Callable[..., Any]:
        """Return the Python function that runs the loop at this address."""
        build = ctypes.pythonapi.PyCFunction_NewEx
        build.restype, build.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p]
        function: Callable[..., Any] = build(ctypes.addressof(self.method), loop, None)
        return function


@lru_cache(maxsize=64)
def _entry(text: str) -> _Entry:
    """Return the way in that the `call` of an LLVM module gives."""
    _know_python()
    # A few instructions one after another: optimising them would take three times as long as all else.
    machine = target(effort=0)
    engine = _engine(_module(text, machine), machine)
    return _Entry(_Method(b"kernel", engine.get_function_address("call"), _FASTCALL, None), engine)


@lru_cache(maxsize=64)
def _sharing(arguments: Arguments) -> tuple[_Entry, Callable[[int], None]]:
    """Return the ways into loops that take these arguments, from Python and for many threads."""
    entry = _entry(llvm_entries(arguments))
    return entry, ctypes.CFUNCTYPE(None, ctypes.c_void_p)(entry.engine.get_function_address("share"))


@lru_cache(maxsize=1)
def _know_python() -> None:
    """Tell LLVM where Python's own functions are, which need not be visible to all of the process."""
    for name in PYTHON_SYMBOLS:
        llvm.add_symbol(name, ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, name)))


def target(effort: int = 3) -> Any:
    """Return a new description of this processor; an engine that is made with it deletes it when it goes."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features().flatten()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=effort, jit=True
    )


def _module(text: str, machine: Any) -> Any:
    """Return the LLVM module of this text for `machine`."""
    module = llvm.parse_assembly(text)
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    return module


def _optimised(text: str, machine: Any) -> Any:
    """Return the LLVM module of this text, optimised and vectorised for `machine`."""
    module = _module(text, machine)
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = True
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    return module


def _tidied(text: str, machine: Any) -> Any:
    """Return the LLVM module of a text that is written in vectors, with its variables in registers.

    That takes a tenth of the time of all that LLVM can do, and the loops run as fast.
    """
    module = _module(text, machine)
    passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=1))
    manager = llvm.create_new_module_pass_manager()
    manager.add_sroa_pass()
    manager.add_instruction_combine_pass()
    manager.add_simplify_cfg_pass()
    manager.add_loop_rotate_pass()
    manager.run(module, passes)
    return module


def _engine(module: Any, machine: Any) -> Any:
    """Return what holds the machine code of a module."""
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    return engine


def assembly(source: Source) -> str:
    """Return the machine code of a kernel's loop as assembly text."""
    with _lock:
        machine = target()
        return str(machine.emit_assembly(_optimised(llvm_ir(source), machine)))


@lru_cache(maxsize=1024)
def compiled(source: Source) -> Kernel:
    """Return the kernel that computes `source`; compiled at the first call, 10 to 20 ms."""
    with _lock:
        machine, (entry, share) = target(), _sharing(source.arguments)
        engine = _engine(_optimised(llvm_ir(source), machine), machine)
    loop = engine.get_function_address("loop")
    return Kernel(entry.call(loop), share, loop, source.parameters, kept=(engine, entry))


@lru_cache(maxsize=64)
def routines(text: str, names: tuple[str, ...]) -> tuple[Callable[..., int], ...]:
    """Return Python functions of whole numbers for the functions `i64 name(ptr numbers)` of an LLVM module.

    Each takes addresses and counts, at most MOST_NUMBERS of them, and keeps the GIL. They are never forgotten.
    """
    with _lock:
        machine, entry = target(effort=1), _entry(llvm_whole_numbers())
        engine = _engine(_tidied(text, machine), machine)
    _forever.append((engine, entry))
    return tuple(entry.call(engine.get_function_address(name)) for name in names)


_forever: list[Any] = []


@lru_cache(maxsize=1024)
def kernel_for(activation: Activation, kind: sources.Kind, dtype: Dtype, bound: sources.Bound) -> Kernel:
    """Return the kernel of an activation, with every parameter's value given in declared order."""
    return compiled(sources.source(activation, kind, dtype, bound))
