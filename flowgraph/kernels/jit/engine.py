"""Turns LLVM IR into machine code of this very processor, through llvmlite.

llvmlite is loaded when the first loop is compiled. Threads inside a loop are OpenMP's (libgomp),
the same team that oneDNN uses, so that there is one budget; without it a loop has one thread.
"""

from __future__ import annotations

import ctypes
import importlib.util
import platform
import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from flowgraph.kernels.jit import code_cache
from flowgraph.kernels.jit.emit import DATA_OFFSET

_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Code:
    """A compiled loop: its two entries, and the compiler's objects that keep them alive."""

    kernel: Any
    launch: Any
    owner: Any


@cache
def is_available() -> bool:
    """Whether llvmlite is installed, which is not loaded for that, and can be used here."""
    return importlib.util.find_spec("llvmlite") is not None and _arrays_are_as_expected()


def _arrays_are_as_expected() -> bool:
    """Whether an array object holds the address of its numbers where the loops look for it."""
    array = np.zeros(3)
    held = ctypes.c_void_p.from_address(id(array) + DATA_OFFSET).value
    return platform.python_implementation() == "CPython" and held == array.ctypes.data


@cache
def openmp() -> Any:
    """libgomp, or None."""
    try:
        return ctypes.CDLL("libgomp.so.1")
    except OSError:
        return None


@cache
def _llvm() -> Any:
    """llvmlite.binding, ready to compile for this processor."""
    from llvmlite import binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    library = openmp()
    if library is not None:
        for name in ("GOMP_parallel", "omp_get_thread_num", "omp_get_num_threads"):
            address = ctypes.cast(getattr(library, name), ctypes.c_void_p).value
            llvm.add_symbol(name, address)
    return llvm


def _machine(llvm: Any) -> Any:
    """This processor. An execution engine takes it over, so that each gets its own."""
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        jit=True,
    )


def compile_ir(text: str) -> Code:
    """Compiles a module that has @kernel and perhaps @launch (see emit.py)."""
    with _lock:
        llvm = _llvm()
        compiler = _compiled(llvm, text)
        pointer, number = ctypes.c_void_p, ctypes.c_int64
        kernel = ctypes.CFUNCTYPE(number, pointer, number, number, number)(
            compiler.get_function_address("kernel")
        )
        launch = None
        if "@launch" in text:
            launch = ctypes.CFUNCTYPE(None, pointer, ctypes.c_int32)(
                compiler.get_function_address("launch")
            )
        return Code(kernel, launch, compiler)


def _compiled(llvm: Any, text: str) -> Any:
    """An execution engine with the module's code, which an earlier process may have left."""
    machine = _machine(llvm)
    processor = (machine.triple, llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
    name = code_cache.name_of(text, *processor, str(llvm.llvm_version_info))
    known = code_cache.load(name)
    if known is not None:
        compiler = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        compiler.add_object_file(llvm.ObjectFileRef.from_data(known))
    else:
        compiler = llvm.create_mcjit_compiler(_optimised(llvm, text, machine), machine)
        compiler.set_object_cache(notify_func=lambda _, code: code_cache.save(name, code))
    compiler.finalize_object()
    return compiler


def _optimised(llvm: Any, text: str, machine: Any) -> Any:
    """The module as LLVM's passes leave it."""
    module = llvm.parse_assembly(text)
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = options.slp_vectorization = True
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return module
