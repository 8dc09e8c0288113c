"""Never imported: its API range is refused first."""

raise AssertionError("a plugin for another API was imported")
