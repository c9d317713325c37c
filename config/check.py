"""Holds a site against every rule that looks at more than one value.

Owns which rules there are and what each needs to know; the rules themselves are in `config.rules`.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from config.findings import Finding
from config.reading.tree import Mapping
from config.rules import (
    addresses,
    announced,
    calendar,
    connectors,
    entrances,
    exits,
    faxes,
    held,
    hours,
    mail,
    mailboxes,
    names,
    numbers,
    parts,
    recordings,
    reports,
    spoken,
    tests,
    ways,
)
from config.rules.scope import Check, Known, Scope
from config.schema import Site

#: Whoever has more mistakes of one kind mends these first; it bounds the work that a hostile site can make.
MOST_OF_A_RULE = 500

_NO_TEXTS: MappingType[str, str] = MappingProxyType({})

_CHECKS: tuple[tuple[Check, Known], ...] = (
    (names.unknown_destinations, Known.NAMES),
    (names.names_used_twice, Known.PARTS),
    (names.phones_used_twice, Known.PARTS),
    (names.unknown_departments, Known.NAMES),
    (names.unknown_hours, Known.NAMES),
    (names.unknown_emergency_phones, Known.NAMES),
    (names.unknown_phrases, Known.PARTS),
    (numbers.unknown_country, Known.COMPANY),
    (numbers.unreadable_numbers, Known.COMPANY),
    (numbers.emergency_extensions, Known.PARTS),
    (numbers.wide_prefixes, Known.PARTS),
    (hours.unreadable_hours, Known.PARTS),
    (hours.unused_hours, Known.ENTRIES),
    (hours.hours_without_closed, Known.PARTS),
    (calendar.never_open, Known.PARTS),
    (calendar.gaps_and_overlaps, Known.PARTS),
    (calendar.days_twice, Known.PARTS),
    (spoken.missing_texts, Known.COMPANY),
    (spoken.unheard_texts, Known.PARTS),
    (spoken.voiceless_languages, Known.PARTS),
    (spoken.unspoken_languages, Known.COMPANY),
    (spoken.useless_languages, Known.COMPANY),
    (announced.dead_keys, Known.ENTRIES | Known.COMPANY),
    (announced.untold_keys, Known.COMPANY),
    (parts.keys_that_wait, Known.PARTS),
    (parts.unserved_departments, Known.ENTRIES),
    (parts.hidden_extensions, Known.PARTS),
    (parts.no_way_on, Known.PARTS),
    (parts.silent_menus, Known.PARTS),
    (parts.impossible_entries, Known.PARTS),
    (parts.empty_departments, Known.ENTRIES),
    (parts.departments_without_emergency_phones, Known.ENTRIES),
    (mailboxes.unknown_readers, Known.NAMES),
    (mailboxes.nobodys_mailboxes, Known.NAMES),
    (mailboxes.addresses_written_twice, Known.PARTS),
    (mailboxes.mailboxes_without_address, Known.ENTRIES),
    (mailboxes.unreachable_mailboxes, Known.ENTRIES),
    (mailboxes.guessable_pins, Known.PARTS),
    (faxes.unknown_faxboxes, Known.NAMES),
    (faxes.nobodys_faxboxes, Known.NAMES),
    (faxes.impossible_senders, Known.PARTS),
    (faxes.unusable_webhooks, Known.PARTS),
    (faxes.undelivered_faxboxes, Known.ENTRIES),
    (faxes.webhooks_in_the_open, Known.PARTS),
    (faxes.useless_tones, Known.PARTS),
    (faxes.missing_folders, Known.PARTS),
    (faxes.receivers_written_twice, Known.PARTS),
    (connectors.unusable_addresses, Known.PARTS),
    (connectors.refused_addresses, Known.PARTS),
    (connectors.unusable_templates, Known.PARTS),
    (connectors.events_that_never_happen, Known.PARTS),
    (connectors.unknown_zammad_users, Known.NAMES),
    (connectors.descriptions_of_nothing, Known.PARTS),
    (connectors.connectors_in_the_open, Known.PARTS),
    (connectors.secrets_written_out, Known.PARTS),
    (reports.unknown_reports, Known.PARTS),
    (reports.unknown_viewers, Known.NAMES),
    (reports.of_the_whole_site, Known.PARTS),
    (addresses.impossible_addresses, Known.PARTS),
    (mail.addresses_without_server, Known.ENTRIES),
    (mail.passwords_in_the_open, Known.PARTS),
    (recordings.missing_recordings, Known.COMPANY),
    (recordings.unheard_recordings, Known.COMPANY),
    (recordings.useless_recordings, Known.ENTRIES | Known.COMPANY),
    (tests.unknown_names_in_tests, Known.NAMES),
    (tests.tests_of_one_name, Known.PARTS),
    (tests.tests_at_no_time, Known.COMPANY),
    (tests.tests_that_assert_nothing, Known.PARTS),
    (tests.tests_of_strange_numbers, Known.ENTRIES | Known.COMPANY),
    (entrances.unreachable_menus, Known.ENTRIES),
    (entrances.unreachable_departments, Known.ENTRIES),
    (ways.back_at_the_beginning, Known.PARTS),
    (ways.closed_into_itself, Known.PARTS),
    (ways.endless_loops, Known.ENTRIES | Known.COMPANY),
    (ways.circles, Known.ENTRIES | Known.COMPANY),
    (ways.silent_circles, Known.ENTRIES | Known.COMPANY),
    (held.held_lines, Known.COMPANY),
    (exits.menus_without_exit, Known.ENTRIES),
    (exits.wordless_ends, Known.PARTS),
    (exits.closed_doors, Known.ENTRIES | Known.COMPANY),
    (exits.waiting_at_night, Known.ENTRIES),
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
