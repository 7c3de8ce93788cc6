"""LLVM IR -> machine code in memory, for the very processor it runs on. Nothing is written to disk."""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import llvmlite.binding as llvm

from ..catalogue import Activation
from . import sources
from .codegen import Dtype, Source, llvm_ir


@dataclass(frozen=True, slots=True)
class Kernel:
    """Compiled code, alive as long as this record."""

    loop: Callable[..., None]
    """Run on `count` elements or rows in this thread: pointers, count, columns, parameters."""
    share: Callable[[int], None]
    """Take pieces of the job at this address until none is left, with the GIL released."""
    share_address: int
    engine: Any


@lru_cache(maxsize=1)
def target() -> Any:
    """Return LLVM's description of this processor."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features().flatten()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=3, jit=True
    )


def optimised(source: Source) -> Any:
    """Return the LLVM module of a kernel, optimised and vectorised."""
    machine = target()
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
    return str(target().emit_assembly(optimised(source)))


@lru_cache(maxsize=1024)
def compiled(source: Source) -> Kernel:
    """Return the kernel that computes `source`; compiled at the first call, about 20 ms."""
    engine = llvm.create_mcjit_compiler(optimised(source), target())
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
