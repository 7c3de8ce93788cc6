"""All numbers, piece by piece: each piece is what a direct look finds, and an interrupted walk goes on."""

from collections.abc import Iterator

import numpy as np
import pytest

from actscope import kernels
from actscope.bench import accuracy, states, walking
from actscope.bench.formats import FLOAT32
from actscope.bench.records import Errors, Worst
from actscope.bench.scoring import near_roots, ulps
from actscope.bench.subjects import Subject
from actscope.catalogue import CATALOGUE
from actscope.errors import ReportError


@pytest.fixture(autouse=True)
def fresh_functions() -> Iterator[None]:
    walking._functions.cache_clear()
    yield
    walking._functions.cache_clear()


def walk(name: str, kind: str = "value", library: str = "actscope") -> walking.Walk:
    return walking.walk(Subject(CATALOGUE[name], kind), library)


def test_a_piece_is_what_a_direct_look_finds(monkeypatch):
    of = walk("silu", "slope")
    # A small piece, with the root of the slope.
    monkeypatch.setattr(walking, "PIECE", 1 << 18)
    number = int(np.float32(-1.2784645).view(np.uint32)) >> 18
    x = np.arange(number << 18, (number + 1) << 18, dtype=np.uint32).view(np.float32)
    found = ulps(
        kernels.slope(CATALOGUE["silu"], x).astype(np.float64),
        kernels.slope(CATALOGUE["silu"], x.astype(np.float64)),
        FLOAT32,
        near_root=near_roots([x], of.regions),
    )
    errors = walking.piece(of, number)
    assert errors.inputs == len(x)
    assert errors.misrounded == np.count_nonzero(found > 0.5)
    assert errors.worst.ulp == found.max()
    assert errors.worst.at == (x[np.argmax(found)],)


def test_a_fault_in_a_single_number_is_found(monkeypatch):
    true = kernels.value
    at = np.float32(1.2345678)

    def bent(activation, x):
        y = true(activation, x)
        return np.where(x == at, y * np.float32(1.001), y) if x.dtype == np.float32 else y

    monkeypatch.setattr(kernels, "value", bent)
    monkeypatch.setattr(walking, "PIECE", 1 << 18)
    errors = walking.piece(walk("tanh"), int(at.view(np.uint32)) >> 18)
    assert (errors.beyond, errors.worst.at) == (1, (at,))


def test_nan_that_becomes_a_number_is_counted(monkeypatch):
    assert walking.piece(walk("relu"), 255) == Errors()
    walking._functions.cache_clear()
    monkeypatch.setattr(kernels, "value", lambda _, x: np.zeros_like(x))
    assert walking.piece(walk("relu"), 511).nan_lost == (1 << 23) - 1


def test_another_library_is_not_judged_at_a_kink():
    assert walk("relu", "slope").kinks == ()
    assert walk("relu", "slope", "PyTorch").kinks == (0.0,)
    assert walking.piece(walk("relu", "slope", "PyTorch"), 0).kept


def test_processes_find_the_same_in_order():
    of = walk("tanh")
    with walking.pool(2) as pool:
        found = list(walking.pieces(of, 509, 2, pool))
    assert found == list(walking.pieces(of, 509, 1, None))


@pytest.fixture
def counted(monkeypatch) -> list[int]:
    """Pieces that cost nothing, and a list of those that were done."""
    done: list[int] = []

    def piece(_, number: int) -> Errors:
        done.append(number)
        return Errors(inputs=1 << 23, beyond=number, worst=Worst(float(number), (1.0,)))

    monkeypatch.setattr(walking, "piece", piece)
    return done


def test_an_interrupted_walk_goes_on_where_it_stopped(counted, tmp_path):
    def until_300(what: str, done: int, total: int) -> None:
        assert (what, total) == ("tanh value, actscope", 512)
        if done == 300:
            raise KeyboardInterrupt

    def walked(**options):
        return accuracy.walk_all([CATALOGUE["tanh"]], ["actscope"], kinds=["value"], where=tmp_path, **options)

    with pytest.raises(KeyboardInterrupt):
        walked(progress=until_300)
    assert counted == list(range(300))
    (score,) = walked().scores
    assert counted == list(range(512))
    assert score.exhaustive
    assert (score.errors.beyond, score.errors.worst.ulp) == (sum(range(512)), 511.0)
    assert score.errors.inputs == 1 << 32
    # What is finished is not walked again, unless it should be.
    assert walked().scores == (score,)
    assert len(counted) == 512
    walked(fresh=True)
    assert len(counted) == 1024


def test_a_state_is_of_one_function_and_one_code(tmp_path, monkeypatch):
    state = states.state(walk("tanh"), tmp_path)
    states.save(states.further(state, Errors(5), 7))
    assert states.state(walk("tanh"), tmp_path).done == 7
    assert states.state(walk("tanh", "slope"), tmp_path).done == 0
    assert states.state(walk("tanh", library="PyTorch"), tmp_path).done == 0
    monkeypatch.setattr(states.by_actscope, "fingerprint", lambda *_: "other code")
    assert states.state(walk("tanh"), tmp_path).done == 0


def test_a_damaged_state_is_as_good_as_none(tmp_path):
    of = walk("tanh")
    path = states.state(of, tmp_path).path
    for content in ("", "{}", '{"done": 3, "errors": {"beyond": 1}}', "[]"):
        path.write_text(content)
        assert states.state(of, tmp_path) == states.State(path)


def test_a_folder_that_cannot_be_written_is_an_error_that_says_what_to_type(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(ReportError, match="name another folder with --state"):
        states.save(states.state(walk("tanh"), tmp_path / "taken"))
