"""Charts: positions of points and labels."""

from typing import Any

from clustering.templatetags.charts import Chart, ChartLine, line_chart


def drawn(values: list[float], **fields: object) -> dict[str, Any]:
    x = list(range(len(values)))
    lines = [ChartLine("Clusters", "chart-first", values)]
    return line_chart(Chart("Title", x, "Distance", 0, lines, **fields))  # type: ignore[arg-type]


def test_points_are_evenly_spaced_from_zero_to_the_highest() -> None:
    (line,) = drawn([0.0, 5.0, 10.0])["lines"]

    assert line["points"] == "0.0,200.0 500.0,100.0 1000.0,0.0"
    assert (line["low"], line["high"], line["value"]) == ("0", "10", None)


def test_the_marked_point_has_its_value_and_place() -> None:
    chart = drawn([0.0, 5.0, 10.0], place=1)

    (line,) = chart["lines"]
    assert (chart["marked"], line["y"], line["value"]) == (500.0, 100.0, "5")


def test_negative_values_lie_below_zero() -> None:
    (line,) = drawn([-5.0, 5.0])["lines"]

    assert line["points"] == "0.0,200.0 1000.0,0.0"


def test_equal_values_and_a_single_point_are_drawn() -> None:
    assert drawn([0.0, 0.0])["lines"][0]["points"] == "0.0,200.0 1000.0,200.0"
    assert drawn([3.0])["lines"][0]["points"] == "0.0,0.0"


def test_ticks_stand_at_equal_distances() -> None:
    assert drawn([0.0] * 26)["ticks"] == ["0", "5", "10", "15", "20", "25"]
    assert drawn([0.0] * 9)["ticks"] == ["0", "1", "2", "3", "4", "5", "6", "7", "8"]
    assert drawn([0.0])["ticks"] == ["0"]


def test_the_automatic_choice_has_a_rule_of_its_own() -> None:
    chart = drawn([0.0, 5.0, 10.0], place=1, chosen=2)

    assert (chart["chosen"], chart["chosen_x"]) == (1000.0, "2")
