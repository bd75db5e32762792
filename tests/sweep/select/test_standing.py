"""Where published sets stand."""

from sweep.commands.main import main


def test_standing_of_published_sets(capsys):
    """Swapped labels show: the set called "most" is among the least dispersed of its size, and the other way round."""
    names = ["most_same_script_20", "least_same_script_20"]
    assert main(["standing", *names, "--criterion", "max-sum"]) == 0
    rows = {line.split("|")[1].strip(): line.split("|") for line in capsys.readouterr().out.splitlines()[2:]}
    assert float(rows[names[0]][3]) < 5 and float(rows[names[1]][3]) > 95
