"""Tables as users bring them: what is read is what scikit-learn has, and what cannot be read is named."""

import io

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

from actscope.errors import DataError
from actscope.lab.tasks import find
from actscope.lab.tasks.sources import raw_of
from actscope.lab.tasks.tables import read_table


def csv(header: str, line, rows: int = 20) -> str:
    return "\n".join([header, *(line(number) for number in range(rows))]) + "\n"


def pairs(line, rows: int = 20) -> str:
    return csv("a,y", line, rows)


def read(text, **asked):
    content = text if isinstance(text, bytes) else text.encode()
    return read_table(content, ".csv", "mine.csv", asked.get("target"), asked.get("kind"))


def refusal(text, **asked) -> str:
    with pytest.raises(DataError) as caught:
        read(text, **asked)
    return str(caught.value)


def test_a_csv_file_of_iris_is_iris(flowers):
    from sklearn.datasets import load_iris

    truth = load_iris()
    task, source = find(flowers, target="species")
    raw = raw_of(source)
    assert np.array_equal(raw.inputs, truth.data)
    assert np.array_equal(raw.targets, truth.target)
    assert raw.labels == tuple(truth.target_names)
    assert (task.name, task.kind, task.inputs, task.classes) == ("flowers.csv", "classification", 4, 3)
    assert task.summary == "species of flowers.csv, told from the other 4 columns"


def test_the_oracle_of_a_table_bites(flowers):
    from sklearn.datasets import load_iris

    flowers.write_text(flowers.read_text(encoding="utf-8").replace("5.1,3.5", "5.2,3.5", 1), encoding="utf-8")
    raw = raw_of(find(flowers)[1])
    assert not np.array_equal(raw.inputs, load_iris().data)


def test_parquet_and_csv_hold_the_same(flowers, tmp_path):
    from pyarrow import csv as reader

    path = tmp_path / "flowers.parquet"
    parquet.write_table(reader.read_csv(flowers), path)
    one, other = (raw_of(find(where)[1]) for where in (flowers, path))
    assert np.array_equal(one.inputs, other.inputs)
    assert np.array_equal(one.targets, other.targets)


@pytest.mark.parametrize("name", ["target", "label", "class", "y", "species", "Species", " y "])
def test_a_column_with_a_usual_name_is_the_target(name):
    assert read(csv(f"a,{name}", lambda n: f"{n},{n % 2}"))[1] == name.strip()


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_are_seen(separator):
    raw, target = read(csv(separator.join(["a", "b, c", "y"]), lambda n: separator.join([str(n), "1.5", str(n % 2)])))
    assert target == "y"
    assert raw.inputs[3].tolist() == [3.0, 1.5]


def test_a_value_may_hold_separators_line_breaks_and_a_byte_order_mark():
    text = csv('"the ""a""",y', lambda n: f'{n},"one, {n % 2}\nline"')
    raw, _ = read(b"\xef\xbb\xbf" + text.replace("\n1", "\r\n1").encode())
    assert len(raw.inputs) == 20
    assert raw.labels[0].startswith("one, 0")


def test_text_becomes_a_number_for_each_value_and_truth_0_and_1():
    raw, _ = read(
        csv("colour,wide,y", lambda n: f"{['red', 'blue', 'green'][n % 3]},{'true' if n % 2 else 'false'},{n % 2}")
    )
    assert raw.inputs.shape == (20, 4)
    assert raw.inputs[:3].tolist() == [[0, 0, 1, 0], [1, 0, 0, 1], [0, 1, 0, 0]]  # blue, green, red; wide


@pytest.mark.parametrize(
    ("values", "kind", "found"),
    [
        (lambda n: n % 2, None, "classification"),
        (lambda n: float(n % 3), None, "classification"),
        (lambda n: "ab"[n % 2], None, "classification"),
        (lambda n: "true" if n % 2 else "false", None, "classification"),
        (lambda n: n * n, None, "regression"),
        (lambda n: n * 0.5, None, "regression"),
        (lambda n: n % 2 + 0.5, None, "regression"),
        (lambda n: n % 3, "regression", "regression"),
        (lambda n: n % 2 + 0.5, "classification", "classification"),
        (lambda n: n, "regression", "regression"),
    ],
)
def test_the_kind_follows_from_the_values_unless_it_is_said(values, kind, found):
    raw, _ = read(pairs(lambda n: f"{n},{values(n)}"), kind=kind)
    assert ("classification" if raw.labels else "regression") == found
    assert raw.targets.shape == ((20,) if raw.labels else (20, 1))


def test_whole_numbers_of_many_values_are_a_quantity():
    assert not read(pairs(lambda n: f"{n},{n % 21}", rows=420))[0].labels
    assert len(read(pairs(lambda n: f"{n},{n % 20}", rows=420))[0].labels) == 20


@pytest.mark.parametrize(
    ("text", "asked", "told"),
    [
        ("", {}, "mine.csv is empty; a line with the names of the columns and at least 10 rows are needed"),
        ("a,y\n", {}, "mine.csv has no rows; at least 10 are needed"),
        ("a,y\n1,0\n2,1\n3,0\n", {}, "mine.csv has 3 rows; at least 10 are needed to train and to test on"),
        (
            pairs(lambda n: f"{n},{n % 2}"),
            {"target": "Yy"},
            "has no column 'Yy', did you mean 'y'? there are 'a', 'y'",
        ),
        (csv("a,b", lambda n: f"{n},{n % 2}"), {}, "has no column called target, label, class, y, species, so give"),
        (csv("y,label", lambda n: f"{n},{n % 2}"), {}, "mine.csv has 'y' and 'label', so give the column to predict"),
        (csv("y", lambda n: f"{n % 2}"), {}, "mine.csv has no column but 'y'"),
        (csv("a,a,y", lambda n: f"{n},{n},{n % 2}"), {}, "mine.csv has 2 columns called 'a'; rename or remove them"),
        (csv("1.5,2,0", lambda n: f"{n},{n},{n % 2}"), {}, "is 1.5,2,0, which are numbers; the first line must name"),
        (
            pairs(lambda n: f"{n},{n % 2}") + "1,2,3\n",
            {},
            "cannot be read as CSV: CSV parse error: Expected 2",
        ),
        (
            pairs(lambda n: f"{n},{'é' * (n % 2)}x").encode("latin1"),
            {},
            "line 3 has the byte 0xe9; save it as UTF-8",
        ),
        (
            pairs(lambda n: f"{n},{n % 2}").encode("utf-16"),
            {},
            "iconv -f utf-16 -t utf-8 mine.csv > utf8-mine.csv",
        ),
        (
            csv("a,b,y", lambda n: f"{'' if n == 3 else n},{'NA' if n > 9 else n},{n % 2}"),
            {},
            "column 'a' in row 4; column 'b' in 10 rows (11, 12, 13, ...) (row 1 is the first of the data); fill",
        ),
        (pairs(lambda n: f"{n},{'' if n in (2, 5) else n % 2}"), {}, "column 'y' in 2 rows (3, 6)"),
        (pairs(lambda n: f"{'inf' if n == 2 else n},{n % 2}"), {}, "has infinite cells: column 'a' in row 3 (row 1 is"),
        (pairs(lambda n: f"{'?' if n == 2 else n},{n % 2}"), {}, "holds numbers but for '?' in row 3; give those"),
        (csv("a;y", lambda n: f"{n},5;{n % 2}"), {}, "column 'a' of mine.csv has decimal commas, such as '0,5'; write"),
        (
            csv("name,y", lambda n: f"person {n},{n % 2}"),
            {},
            "text with 20 different values in 20 rows, such as 'per",
        ),
        (
            csv("name,y", lambda n: f"p{n % 21},{n % 2}", 100),
            {},
            "at most 20 values and two rows or more for each",
        ),
        (
            csv("day,y", lambda n: f"2024-01-{n + 1:02},{n % 2}"),
            {},
            "'day' of mine.csv holds date32[day]; numbers",
        ),
        (csv(",b,y", lambda n: f"{n},{n / 3},{n % 2}"), {}, "column '' of mine.csv counts the rows from 0 to 19"),
        (
            csv("Id,b,y", lambda n: f"{n + 1},{n / 3},{n % 2}"),
            {},
            "'Id' of mine.csv counts the rows from 1 to 20",
        ),
        (pairs(lambda n: f"{n},1"), {}, "column 'y' of mine.csv is 1 in every row, so there is nothing to learn"),
        (pairs(lambda n: f"{n},{n}"), {}, "column 'y' of mine.csv counts the rows from 0 to 19, as an id does"),
        (pairs(lambda n: f"{n},p{n}"), {}, "column 'y' of mine.csv has another value in every row, such as 'p0'"),
        (
            pairs(lambda n: f"{n},{'ab'[n > 3]}"),
            {},
            "too few to train, validate and test on: 'a' (4)",
        ),
        (
            pairs(lambda n: f"{n},{int(n > 3)}"),
            {},
            "'0' (4); leave those rows out or join classes, or give the kind",
        ),
        (pairs(lambda n: f"{n},{n * 0.3}"), {"kind": "classification"}, "and 15 more; leave those rows out"),
        (pairs(lambda n: f"{n},{'ab'[n % 2]}"), {"kind": "regression"}, "holds 'a', which is no number"),
        (pairs(lambda n: f"{n},2024-01-{n + 1:02}"), {}, "holds date32[day]; classes or numbers can be predicted"),
    ],
)
def test_what_cannot_be_learned_is_named(text, asked, told):
    assert told in refusal(text, **asked)


def test_a_file_that_is_no_parquet_is_refused():
    with pytest.raises(DataError, match=r"mine.parquet cannot be read as Parquet"):
        read_table(b"junk" * 100, ".parquet", "mine.parquet", None, None)


def test_what_parquet_can_hold_and_a_network_cannot_take_is_refused():
    content = io.BytesIO()
    parquet.write_table(pyarrow.table({"a": [[1, 2]] * 20, "y": [0, 1] * 10}), content)
    with pytest.raises(DataError, match=r"column 'a' of mine.parquet holds list<"):
        read_table(content.getvalue(), ".parquet", "mine.parquet", None, None)


def test_decimals_and_categories_are_read():
    from decimal import Decimal

    content = io.BytesIO()
    table = {"a": [Decimal("1.25"), Decimal("2.5")] * 10, "y": pyarrow.array(["u", "v"] * 10).dictionary_encode()}
    parquet.write_table(pyarrow.table(table), content)
    raw, _ = read_table(content.getvalue(), ".parquet", "mine.parquet", None, None)
    assert raw.inputs[:2].tolist() == [[1.25], [2.5]]
    assert raw.labels == ("u", "v")


def test_the_remedy_for_infinite_cells_works():
    import numpy

    pandas = pytest.importorskip("pandas")
    numbers = [float(n) for n in range(19)]
    frame = pandas.DataFrame({"a": [*numbers, numpy.inf], "y": [0, 1] * 10})
    with pytest.raises(DataError, match="has infinite cells") as caught:
        find(frame)
    remedy = "frame.replace([numpy.inf, -numpy.inf], numpy.nan).dropna()"
    assert str(caught.value).endswith(remedy)
    mended = frame.replace([numpy.inf, -numpy.inf], numpy.nan).dropna()
    assert find(mended)[0].samples == 19
