"""Which model takes which data, and how an image becomes a sequence."""

from dataclasses import replace

import numpy as np
import pytest

from actscope.errors import SettingError
from actscope.lab.records import MODELS
from actscope.lab.tasks import TASKS, suits, task_called
from actscope.lab.tasks.fitting import arranged, axes_for

TAKES = {"digits": set(MODELS), "sequences": set(MODELS) - {"conv"}}


@pytest.mark.parametrize("model", [*MODELS, "mine:network"])
@pytest.mark.parametrize("name", TASKS)
def test_a_model_takes_what_it_is_made_for(name, model):
    task = task_called(name)
    if model == "mine:network" or model in TAKES.get(name, {"mlp", "residual"}):
        suits(task, model)
        assert np.prod(axes_for(task, model)) == task.inputs
    else:
        with pytest.raises(SettingError, match=f"the model {model} takes .* take the model mlp or residual"):
            suits(task, model)


def test_a_refusal_tells_what_the_samples_are():
    with pytest.raises(SettingError, match="a sample of sine is 1 plain number;"):
        suits(task_called("sine"), "transformer")
    with pytest.raises(SettingError, match="a sample of sequences is a sequence of 8 places with 6 numbers each"):
        suits(task_called("sequences"), "conv")


def test_the_rows_of_an_image_are_the_places_of_its_sequence():
    task = replace(task_called("digits"), shape=(3, 4, 5), inputs=60)
    images = np.arange(2 * 60).reshape(2, 3, 4, 5)
    places = arranged(images, task, "transformer").reshape(2, *axes_for(task, "transformer"))
    assert places.shape == (2, 4, 15)
    for row in range(4):
        assert np.array_equal(places[1, row], np.concatenate([images[1, channel, row] for channel in range(3)]))
