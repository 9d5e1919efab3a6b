"""Inventories: the shipped one is balanced and ours, and a file with a mistake is refused."""

import hashlib

import pytest

import alliance_features as af
from alliance_features.inventories import PERSPECTIVES, SUBSCALES, load_inventory

HEAD = 'name = "mine"\nlanguage = "en-GB"\nlow = 1\nhigh = 7\n'
ITEM = '[[items]]\nid = "{id}"\nsubscale = "{subscale}"\nsign = {sign}\nclient = "We get on."\n'


def item(name="a", subscale="bond", sign=1):
    return ITEM.format(id=name, subscale=subscale, sign=sign)


@pytest.fixture
def write(tmp_path):
    def to_file(text, name="mine.toml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return to_file


def test_shipped_inventory_is_no_wai_and_a_likeness_to_all_items_adds_up_to_nothing():
    inventory = load_inventory()
    assert len(inventory.items) not in (10, 12, 36)
    assert inventory.subscales == SUBSCALES
    for subscale in SUBSCALES:
        signs = inventory.signs(subscale)
        assert len(signs) == 6
        assert sum(signs.values()) == 0


def test_every_shipped_item_has_each_wording_and_its_negation():
    inventory = load_inventory()
    for perspective in PERSPECTIVES:
        plain, negated = (inventory.texts(perspective, negated=one) for one in (False, True))
        assert len({*plain, *negated}) == 2 * len(inventory.items)


def test_a_file_is_read_with_its_hash(write):
    path = write(HEAD + item("a") + item("b", "goal", -1))
    inventory = load_inventory(path)
    assert (inventory.name, inventory.language, inventory.low, inventory.high) == (
        "mine",
        "en",
        1,
        7,
    )
    assert inventory.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert inventory.signs("goal") == {1: -1}
    assert inventory.texts("client") == ["We get on."] * 2
    assert load_inventory(inventory) is inventory


def test_csv_says_the_same_as_toml(write):
    head = "id,subscale,sign,client,low,high,language\n"
    one = load_inventory(
        write(head + "a,bond,1,We get on.,1,7,en\nb,goal,-1,We get on.,1,7,en\n", "mine.csv")
    )
    other = load_inventory(write(HEAD + item("a") + item("b", "goal", -1)))
    assert (one.items, one.name, one.low, one.high) == (other.items, "mine", 1.0, 7.0)


def test_an_inventory_without_the_wording_asked_for_says_so(write):
    inventory = load_inventory(write(HEAD + item()))
    with pytest.raises(
        af.ResourceError, match=r'"a" has no wording for the therapist; add .* "therapist"'
    ):
        inventory.texts("therapist")
    with pytest.raises(af.ResourceError, match=r'no negated wording .*"negated_client"'):
        inventory.texts("client", negated=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD, "there is no item"),
        (item(), '"name" is missing'),
        (HEAD.replace("low = 1", "low = 7") + item(), "low below high"),
        (HEAD.replace("low = 1", 'low = "x"') + item(), "must be numbers"),
        (HEAD + "colour = 1\n" + item(), "field 5 is not part of the format; known are name, ver"),
        (HEAD + item() + "colour = 1\n", "item 1: field 5 is not part of the format; known are"),
        (HEAD + item() + "clint = 1\n", 'field 5 is not part of the format; is "client" meant?'),
        (HEAD + item(sign=2), '"sign" must be 1 or -1'),
        (HEAD + item(subscale=""), '"subscale" is missing'),
        (HEAD + item(subscale="Bond"), "in lower case"),
        (HEAD + item() + item(), "items 1 and 2 have the same id"),
        (HEAD + item().replace('client = "We get on."\n', ""), "there is no wording"),
        ("items = [1]\n" + HEAD, r"tables \[\[items\]\]"),
        ("name = [", "not well-formed TOML"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_mistakes_are_named(write, text, message):
    with pytest.raises(af.ResourceError, match=message) as caught:
        load_inventory(write(text))
    assert "We get on" not in str(caught.value)


def test_mistakes_of_csv_are_named(write):
    with pytest.raises(af.ResourceError, match="more or fewer cells"):
        load_inventory(write("id,subscale,sign,client\na,bond,1\n", "mine.csv"))
    rows = "id,subscale,sign,client,low\na,bond,1,x,1\nb,bond,1,y,2\n"
    with pytest.raises(af.ResourceError, match='"low" differs between rows'):
        load_inventory(write(rows, "mine.csv"))


def test_other_files_and_no_file(write, tmp_path):
    with pytest.raises(af.ResourceError, match=r"a \.toml, \.csv or \.tsv file"):
        load_inventory(write("a", "mine.yaml"))
    with pytest.raises(af.ResourceError, match="cannot be read: No such file"):
        load_inventory(tmp_path / "none.toml")


def test_a_file_that_names_an_instrument_must_have_its_keys(write):
    wai_sr = [*"ttbgbgbgbtgt"]  # numbers 1..12: systems of keys are tested with `wai`
    names = {"t": "task", "b": "bond", "g": "goal"}
    head = HEAD + 'instrument = "WAI-SR"\n'
    good = head + "".join(item(f"i{n}", names[c]) for n, c in enumerate(wai_sr, 1))
    assert load_inventory(write(good)).instrument == "WAI-SR"
    with pytest.raises(af.ResourceError, match="WAI-SR has 12 items; the file has 1"):
        load_inventory(write(head + item()))
    with pytest.raises(
        af.ResourceError, match='item 1: WAI-SR has subscale "task" and sign 1 here'
    ):
        load_inventory(write(good.replace('"task"', '"goal"', 1)))
