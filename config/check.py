"""Holds a site against every rule that looks at more than one value.

Owns which rules there are and what each needs to know; the rules themselves are in `config.rules_*`.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from config import (
    rules_addresses,
    rules_announced,
    rules_calendar,
    rules_connectors,
    rules_exits,
    rules_faxes,
    rules_hours,
    rules_mail,
    rules_mailboxes,
    rules_names,
    rules_numbers,
    rules_parts,
    rules_recordings,
    rules_reports,
    rules_spoken,
    rules_tests,
    rules_ways,
)
from config.findings import Finding
from config.schema import Site
from config.scope import Check, Known, Scope
from config.tree import Mapping

#: Whoever has more mistakes of one kind mends these first; it bounds the work that a hostile site can make.
MOST_OF_A_RULE = 500

_NO_TEXTS: MappingType[str, str] = MappingProxyType({})

_CHECKS: tuple[tuple[Check, Known], ...] = (
    (rules_names.unknown_destinations, Known.NAMES),
    (rules_names.names_used_twice, Known.PARTS),
    (rules_names.phones_used_twice, Known.PARTS),
    (rules_names.unknown_departments, Known.NAMES),
    (rules_names.unknown_hours, Known.NAMES),
    (rules_names.unknown_emergency_phones, Known.NAMES),
    (rules_names.unknown_phrases, Known.PARTS),
    (rules_numbers.unknown_country, Known.COMPANY),
    (rules_numbers.unreadable_numbers, Known.COMPANY),
    (rules_numbers.emergency_extensions, Known.PARTS),
    (rules_numbers.wide_prefixes, Known.PARTS),
    (rules_hours.unreadable_hours, Known.PARTS),
    (rules_hours.unused_hours, Known.ENTRIES),
    (rules_hours.hours_without_closed, Known.PARTS),
    (rules_calendar.never_open, Known.PARTS),
    (rules_calendar.gaps_and_overlaps, Known.PARTS),
    (rules_calendar.days_twice, Known.PARTS),
    (rules_spoken.missing_texts, Known.COMPANY),
    (rules_spoken.unheard_texts, Known.PARTS),
    (rules_spoken.voiceless_languages, Known.PARTS),
    (rules_spoken.unspoken_languages, Known.COMPANY),
    (rules_spoken.useless_languages, Known.COMPANY),
    (rules_announced.dead_keys, Known.ENTRIES | Known.COMPANY),
    (rules_announced.untold_keys, Known.COMPANY),
    (rules_parts.keys_that_wait, Known.PARTS),
    (rules_parts.unserved_departments, Known.ENTRIES),
    (rules_parts.hidden_extensions, Known.PARTS),
    (rules_parts.no_way_on, Known.PARTS),
    (rules_parts.silent_menus, Known.PARTS),
    (rules_parts.impossible_entries, Known.PARTS),
    (rules_parts.empty_departments, Known.ENTRIES),
    (rules_parts.departments_without_emergency_phones, Known.ENTRIES),
    (rules_mailboxes.unknown_readers, Known.NAMES),
    (rules_mailboxes.nobodys_mailboxes, Known.NAMES),
    (rules_mailboxes.addresses_written_twice, Known.PARTS),
    (rules_mailboxes.mailboxes_without_address, Known.ENTRIES),
    (rules_mailboxes.unreachable_mailboxes, Known.ENTRIES),
    (rules_mailboxes.guessable_pins, Known.PARTS),
    (rules_faxes.unknown_faxboxes, Known.NAMES),
    (rules_faxes.nobodys_faxboxes, Known.NAMES),
    (rules_faxes.impossible_senders, Known.PARTS),
    (rules_faxes.unusable_webhooks, Known.PARTS),
    (rules_faxes.undelivered_faxboxes, Known.ENTRIES),
    (rules_faxes.webhooks_in_the_open, Known.PARTS),
    (rules_faxes.useless_tones, Known.PARTS),
    (rules_faxes.missing_folders, Known.PARTS),
    (rules_faxes.receivers_written_twice, Known.PARTS),
    (rules_connectors.unusable_addresses, Known.PARTS),
    (rules_connectors.refused_addresses, Known.PARTS),
    (rules_connectors.unusable_templates, Known.PARTS),
    (rules_connectors.events_that_never_happen, Known.PARTS),
    (rules_connectors.unknown_zammad_users, Known.NAMES),
    (rules_connectors.descriptions_of_nothing, Known.PARTS),
    (rules_connectors.connectors_in_the_open, Known.PARTS),
    (rules_connectors.secrets_written_out, Known.PARTS),
    (rules_reports.unknown_reports, Known.PARTS),
    (rules_reports.unknown_viewers, Known.NAMES),
    (rules_reports.of_the_whole_site, Known.PARTS),
    (rules_addresses.impossible_addresses, Known.PARTS),
    (rules_mail.addresses_without_server, Known.ENTRIES),
    (rules_mail.passwords_in_the_open, Known.PARTS),
    (rules_recordings.missing_recordings, Known.COMPANY),
    (rules_recordings.unheard_recordings, Known.COMPANY),
    (rules_recordings.useless_recordings, Known.ENTRIES | Known.COMPANY),
    (rules_tests.unknown_names_in_tests, Known.NAMES),
    (rules_tests.tests_of_one_name, Known.PARTS),
    (rules_tests.tests_at_no_time, Known.COMPANY),
    (rules_tests.tests_that_assert_nothing, Known.PARTS),
    (rules_tests.tests_of_strange_numbers, Known.ENTRIES | Known.COMPANY),
    (rules_ways.unreachable_menus, Known.ENTRIES),
    (rules_ways.back_at_the_beginning, Known.PARTS),
    (rules_ways.closed_into_itself, Known.PARTS),
    (rules_ways.endless_loops, Known.ENTRIES | Known.COMPANY),
    (rules_ways.circles, Known.PARTS),
    (rules_exits.menus_without_exit, Known.ENTRIES),
    (rules_exits.wordless_ends, Known.PARTS),
    (rules_exits.closed_doors, Known.ENTRIES | Known.COMPANY),
)


def check(
    site: Site,
    root: Mapping,
    known: Known = Known.ALL,
    folder: Path | None = None,
    texts: MappingType[str, str] = _NO_TEXTS,
) -> list[Finding]:
    """Return what every rule finds that needs no more than is `known`.

    Recordings are looked for in the `folder`; `texts` are the files as they were read.
    """
    scope = Scope(site, root, folder, texts)
    return [finding for rule, needs in _CHECKS if needs in known for finding in islice(rule(scope), MOST_OF_A_RULE)]
