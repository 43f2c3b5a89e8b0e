"""Finds what a script sets for its whole process, and a worker process would not have: seeds, precision, devices, what
it has registered with Keras, what it has changed in a library.

Read from the code of the script and of its own modules, so that nothing has to be patched. It errs on the safe side: a
variable that is called `seed` counts too.
"""

from __future__ import annotations

import ast
import importlib.machinery
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, ModuleType

from tui_tuner.interop.own_patches import library_change
from tui_tuner.worker.libraries import own_modules

_PARTS = ("seed", "determinis")
"""In whatever name."""

_NAMES = frozenset(
    {
        "CustomObjectScope",
        "custom_object_scope",
        "disable_eager_execution",
        "disable_flash_attention",
        "disable_v2_behavior",
        "enable_check_numerics",
        "enable_flash_attention",
        "enable_tensor_float_32_execution",
        "enable_unsafe_deserialization",
        "experimental_enable_numpy_behavior",
        "experimental_run_functions_eagerly",
        "get_custom_objects",
        "manual_seed",
        "register_keras_serializable",
        "run_functions_eagerly",
        "set_backend",
        "set_default_device",
        "set_default_dtype",
        "set_default_tensor_type",
        "set_device_policy",
        "set_distribution",
        "set_dtype_policy",
        "set_epsilon",
        "set_experimental_options",
        "set_float32_matmul_precision",
        "set_floatx",
        "set_global_generator",
        "set_global_policy",
        "set_image_data_format",
        "set_inter_op_parallelism_threads",
        "set_intra_op_parallelism_threads",
        "set_jit",
        "set_logical_device_configuration",
        "set_max_epochs",
        "set_max_steps_per_epoch",
        "set_memory_growth",
        "set_policy",
        "set_soft_device_placement",
        "set_synchronous_execution",
        "set_virtual_device_configuration",
        "set_visible_devices",
    }
)


def setting_of_own() -> str:
    """What the script sets for its process, in words; empty if nothing was found."""
    for module in own_modules().values():
        tree = _tree(module)
        if tree is None:
            return f"the code of {module.__name__} cannot be read"
        where = Path(module.__file__ or "").name
        name = process_setting(compile(tree, where, "exec", dont_inherit=True))
        if name:
            return f"{where} uses {name}, which would not hold in other processes"
        changed = library_change(tree, vars(module))
        if changed:
            return f"{where} changes {changed}, which would not hold in other processes"
    return ""


def process_setting(code: CodeType) -> str:
    """The first name in the code that may set something for the whole process; empty if there is none."""
    for name in (name for part in _all_code(code) for name in (*part.co_names, *part.co_varnames)):
        if name in _NAMES or any(part in name.lower() for part in _PARTS):
            return name
    return ""


def _all_code(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _all_code(constant)


def _tree(module: ModuleType) -> ast.Module | None:
    file = module.__file__ or ""
    if file.endswith(tuple(importlib.machinery.EXTENSION_SUFFIXES)):
        return None
    try:
        return ast.parse(Path(file).read_bytes(), file)
    except (OSError, SyntaxError, ValueError):
        return None
