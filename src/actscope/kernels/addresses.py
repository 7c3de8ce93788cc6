"""Where the numbers of a NumPy array lie in memory."""

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt

# An array begins with what every Python object has; the pointer to its numbers follows. Reading it there takes a tenth
# of the time of array.__array_interface__, which is half of a call on a small array.
_POINTER_AT = object.__basicsize__
_pointer = ctypes.c_void_p.from_address


def _by_interface(array: npt.NDArray[Any]) -> int:
    found: int = array.__array_interface__["data"][0]
    return found


def _by_layout(array: npt.NDArray[Any]) -> int:
    return _pointer(id(array) + _POINTER_AT).value or 0


def _layout_is_as_known() -> bool:
    whole = np.arange(5.0)
    return all(_by_layout(array) == _by_interface(array) for array in (whole, whole[2:]))


address = _by_layout if _layout_is_as_known() else _by_interface
"""Return the address of the first number of an array."""
