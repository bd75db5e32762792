import pytest

from search_spaces.distances.text import Term, parse_terms


def term(name, weight=1.0, path="", **parameters):
    return Term(weight=weight, name=name, path=path, parameters=parameters)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("featural", [term("featural")]),
        (" featural ( missing = knn , measure=share ) ", [term("featural", missing="knn", measure="share")]),
        ("0.5*featural + .5 * script", [term("featural", 0.5), term("script", 0.5)]),
        ("1e-1*featural+2*script", [term("featural", 0.1), term("script", 2.0)]),
        ("file:lab.csv", [term("file", path="lab.csv")]),
        ("file:a+b (2).csv", [term("file", path="a+b (2).csv")]),
        (
            "features:dir/x.csv(measure=share) + genetic",
            [term("features", path="dir/x.csv", measure="share"), term("genetic")],
        ),
        (r"2*file:C:\a b\x.csv + 3*file:/y.csv", [term("file", 2.0, r"C:\a b\x.csv"), term("file", 3.0, "/y.csv")]),
    ],
)
def test_what_is_understood(text, terms):
    assert parse_terms(text) == terms


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must look like"),
        ("featural +", "must look like"),
        ("featural(knn)", "must look like"),
        ("featural(missing=)", "name=value"),
        ("featural(missing=knn, missing=error)", "each parameter once"),
        ("0*featural", "positive number, but is '0'"),
        ("-1*featural", "positive number"),
        ("inf*featural", "positive number"),
        ("half*featural", "positive number, but is 'half'"),
    ],
)
def test_what_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        parse_terms(text)
