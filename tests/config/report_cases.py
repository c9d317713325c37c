"""The rules of reports: sites that break each, and sites that keep it."""

from __future__ import annotations

from tests.config.config_sites import spoiled
from tests.config.test_config_rules import Case


def reports(text: str) -> tuple[str, str]:
    """Return the edit that adds what is said of reports to the good site."""
    return "\nmail: {", f"\nreports: {{{text}}}\nmail: {{"


def _case(rule: str, name: str, bad: str, good: str) -> Case:
    return Case(rule, {"site.yaml": spoiled(reports(bad))}, {"site.yaml": spoiled(reports(good))}, name)


def schedule(more: str = "", *, report: str = "day", at: str = "'0 7 * * *'") -> str:
    """Return what schedules one report."""
    return f"schedules: {{daily: {{report: {report}, at: {at}, to: boss@acme.example{more}}}}}"


REPORT_CASES = [
    _case("E204", "cron", schedule(at="§every morning"), schedule()),
    _case("E204", "cron-of-seconds", schedule(at="§'0 7 * *'"), schedule()),
    _case("E204", "cron-of-never", schedule(at="§'0 0 */31 * mon#5'"), schedule(at="'0 0 29 2 *'")),
    _case("E204", "zone", schedule(", timezone: §Vilnius"), schedule(", timezone: Europe/Vilnius")),
    _case("E332", "unknown", schedule(report="§days"), schedule(report="trend")),
    _case("E333", "viewer", "viewers: {sales: [§anna]}", "viewers: {sales: [ann]}"),
    _case("E333", "department", "viewers: {§sale: [ann]}", "viewers: {sales: [ann]}"),
    _case("E333", "scheduled", schedule(", department: §sale"), schedule(", department: sales")),
    _case(
        "E334",
        "whole-site",
        schedule(", department: §sales", report="menus"),
        schedule(", department: sales", report="people"),
    ),
]
