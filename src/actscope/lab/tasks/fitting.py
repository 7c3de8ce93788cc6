"""Which model can take which data, and with which axes."""

from ...errors import SettingError
from .task import Array, Task

_REMEDY = "take the model mlp or residual, which take any data"


def suits(task: Task, model: str) -> None:
    """Raise SettingError if the model cannot take the task's samples.

    A convolution wants images; a transformer wants sequences, and takes an image row by row, from the top. All other
    models take any data.

    >>> from actscope.lab.tasks import task_called
    >>> suits(task_called("digits"), "conv")
    >>> suits(task_called("xor"), "conv")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    actscope.errors.SettingError: the model conv takes images, but a sample of xor is 2 plain numbers; ...
    """
    met = "1 plain number" if task.inputs == 1 else f"{task.inputs} plain numbers"
    if len(task.shape) == 2:
        met = f"a sequence of {task.shape[0]} places with {task.shape[1]} numbers each"
    if model == "conv" and len(task.shape) != 3:
        raise SettingError(f"the model conv takes images, but a sample of {task.name} is {met}; {_REMEDY}")
    if model == "transformer" and not task.shape:
        raise SettingError(
            f"the model transformer takes sequences or images, but a sample of {task.name} is {met}; {_REMEDY}"
        )


def axes_for(task: Task, model: str) -> tuple[int, ...]:
    """Return the axes of a sample as the model takes it.

    An MLP and a residual network take a vector, a transformer (length, features), where an image's rows are its
    places; a convolution and a user's own model take the sample with the axes that it has.

    >>> from actscope.lab.tasks import task_called
    >>> digits = task_called("digits")
    >>> axes_for(digits, "mlp"), axes_for(digits, "conv"), axes_for(digits, "transformer")
    ((64,), (1, 8, 8), (8, 8))
    """
    if model in ("mlp", "residual") or not task.shape:
        return (task.inputs,)
    if model == "transformer" and len(task.shape) == 3:
        channels, height, width = task.shape
        return height, channels * width
    return task.shape


def arranged(inputs: Array, task: Task, model: str) -> Array:
    """Return inputs (samples, ...) in the order that the model takes: rows before channels in a transformer."""
    if model == "transformer" and len(task.shape) == 3:
        return inputs.reshape(-1, *task.shape).swapaxes(1, 2)
    return inputs
