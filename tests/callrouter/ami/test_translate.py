"""Headers in, our words out. The texts were pasted from Asterisk 22.10.1."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from callrouter.ami import events as e
from callrouter.ami.client import AmiMessage, unpack
from callrouter.ami.translate import OddMessage, Translator, channel_now, phone_states, translate

from .ami_server import pasted

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def headers(text: str) -> AmiMessage:
    message = unpack(pasted(text).removesuffix(b"\r\n\r\n"))
    assert message is not None
    return message


def at(stamp: float) -> datetime:
    return datetime.fromtimestamp(stamp, UTC)


def ref(name: str, uniqueid: str, linkedid: str | None = None) -> e.ChannelRef:
    return e.ChannelRef(name, uniqueid, linkedid or uniqueid)


CHANNEL = """
    Channel: PJSIP/alice-00000001
    ChannelState: 6
    ChannelStateDesc: Up
    CallerIDNum: 101
    CallerIDName: Alice Doe
    ConnectedLineNum: <unknown>
    ConnectedLineName: <unknown>
    Language: en
    AccountCode:
    Context: switchroom-phones
    Exten: 500
    Priority: 1
    Uniqueid: 1795310240.2
    Linkedid: 1795310240.1
"""
ALICE = ref("PJSIP/alice-00000001", "1795310240.2", "1795310240.1")
BOB = ref("PJSIP/bob-00000002", "1795310240.3", "1795310240.1")


def channel(prefix: str, who: e.ChannelRef) -> str:
    return f"{prefix}Channel: {who.name}\n{prefix}Uniqueid: {who.uniqueid}\n{prefix}Linkedid: {who.linkedid}\n"


@pytest.mark.parametrize(
    ("text", "event"),
    [
        pytest.param(
            """
            Event: Newchannel
            Privilege: call,all
            Timestamp: 1795310240.357959
            Channel: Local/300@swt-00000000;2
            ChannelState: 4
            ChannelStateDesc: Ring
            CallerIDNum: <unknown>
            CallerIDName: <unknown>
            ConnectedLineNum: <unknown>
            ConnectedLineName: <unknown>
            Language: en
            AccountCode:
            Context: swt
            Exten: 300
            Priority: 1
            Uniqueid: sw-1b
            Linkedid: sw-1
            """,
            e.ChannelSeen(
                at(1795310240.357959),
                ref("Local/300@swt-00000000;2", "sw-1b", "sw-1"),
                e.ChannelState.RING,
                "",
                "",
                "swt",
                "300",
            ),
            id="new channel",
        ),
        pytest.param(
            "Event: Newstate" + CHANNEL,
            e.ChannelStateChanged(NOW, ALICE, e.ChannelState.UP),
            id="new state, without a time",
        ),
        pytest.param(
            "Event: Newstate" + CHANNEL.replace("ChannelState: 6", "ChannelState: 9"),
            e.ChannelStateChanged(NOW, ALICE, e.ChannelState.OTHER),
            id="pre-ring",
        ),
        pytest.param(
            "Event: HangupRequest" + CHANNEL + "Cause: 16",
            e.HangupRequested(NOW, ALICE, True, 16),
            id="the party hangs up",
        ),
        pytest.param(
            "Event: HangupRequest" + CHANNEL,
            e.HangupRequested(NOW, ALICE, True, None),
            id="the party hangs up, no cause",
        ),
        pytest.param(
            "Event: SoftHangupRequest" + CHANNEL + "Cause: 21",
            e.HangupRequested(NOW, ALICE, False, 21),
            id="we hang up",
        ),
        pytest.param(
            """
            Event: Hangup
            Privilege: call,all
            Timestamp: 1795310244.865731
            Channel: Local/500@swt-00000002;2
            ChannelState: 7
            ChannelStateDesc: Busy
            CallerIDNum: <unknown>
            CallerIDName: <unknown>
            ConnectedLineNum: <unknown>
            ConnectedLineName: <unknown>
            Language: en
            AccountCode:
            Context: swt
            Exten: 500
            Priority: 2
            Uniqueid: sw-3b
            Linkedid: sw-3
            Cause: 17
            Cause-txt: User busy
            """,
            e.ChannelHungUp(at(1795310244.865731), ref("Local/500@swt-00000002;2", "sw-3b", "sw-3"), 17, "User busy"),
            id="hung up",
        ),
        pytest.param(
            """
            Event: DialBegin
            Privilege: call,all
            Timestamp: 1795310240.358275
            DestChannel: Local/300@swt-00000000;1
            DestChannelState: 0
            DestUniqueid: sw-1
            DestLinkedid: sw-1
            DialString: 300@swt
            """,
            e.DialBegun(at(1795310240.358275), None, ref("Local/300@swt-00000000;1", "sw-1"), None),
            id="dial begins, originated",
        ),
        pytest.param(
            "Event: DialBegin\n" + channel("", BOB) + channel("Dest", ALICE) + "DialString: alice",
            e.DialBegun(NOW, BOB, ALICE, "alice"),
            id="dial begins",
        ),
        pytest.param(
            "Event: DialEnd\n" + channel("", BOB) + channel("Dest", ALICE) + "DialStatus: NOANSWER",
            e.DialEnded(NOW, BOB, ALICE, "alice", e.DialStatus.NO_ANSWER),
            id="nobody answers",
        ),
        pytest.param(
            "Event: DialEnd\n" + channel("", BOB) + channel("Dest", ALICE) + "DialStatus: CONTINUE",
            e.DialEnded(NOW, BOB, ALICE, "alice", e.DialStatus.OTHER),
            id="a status we have no word for",
        ),
        pytest.param(
            "Event: BridgeEnter\nBridgeUniqueid: d0a7e2cb\nBridgeCreator: <unknown>" + CHANNEL,
            e.Bridged(NOW, "d0a7e2cb", ALICE),
            id="bridged",
        ),
        pytest.param(
            "Event: BridgeLeave\nBridgeUniqueid: d0a7e2cb\nBridgeCreator: <unknown>" + CHANNEL,
            e.Unbridged(NOW, "d0a7e2cb", ALICE),
            id="unbridged",
        ),
        pytest.param("Event: Hold" + CHANNEL + "MusicClass: default", e.Held(NOW, ALICE), id="held"),
        pytest.param("Event: Unhold" + CHANNEL, e.Unheld(NOW, ALICE), id="unheld"),
        pytest.param(
            "Event: BlindTransfer\nResult: Success\n"
            + channel("Transferer", ALICE)
            + channel("Transferee", BOB)
            + "IsExternal: Yes\nContext: switchroom-transferred\nExtension: 102",
            e.BlindTransferred(NOW, True, ALICE, BOB, "switchroom-transferred", "102"),
            id="blind transfer",
        ),
        pytest.param(
            "Event: BlindTransfer\nResult: Not Permitted\n"
            + channel("Transferer", ALICE)
            + "Context: c\nExtension: 102",
            e.BlindTransferred(NOW, False, ALICE, None, "c", "102"),
            id="blind transfer refused",
        ),
        pytest.param(
            "Event: AttendedTransfer\nResult: Success\n"
            + channel("OrigTransferer", ALICE)
            + channel("SecondTransferer", ALICE)
            + channel("Transferee", BOB)
            + channel("TransferTarget", BOB)
            + "DestType: Bridge",
            e.AttendedTransferred(NOW, True, ALICE, ALICE, BOB, BOB),
            id="attended transfer",
        ),
        pytest.param(
            "Event: DeviceStateChange\nTimestamp: 1795310246.5\nDevice: PJSIP/alice\nState: UNAVAILABLE",
            e.PhoneStateChanged(at(1795310246.5), "alice", e.PhoneState.UNAVAILABLE),
            id="phone state",
        ),
        pytest.param(
            "Event: DeviceStateChange\nDevice: PJSIP/alice\nState: SOMETHING",
            e.PhoneStateChanged(NOW, "alice", e.PhoneState.UNKNOWN),
            id="a phone state we have no word for",
        ),
        pytest.param("Event: DeviceStateChange\nDevice: Local/400@swt\nState: NOT_INUSE", None, id="no phone"),
        pytest.param(
            "Event: ContactStatus\nURI: sip:alice@127.0.0.1:5062\nContactStatus: NonQualified\n"
            "AOR: alice\nEndpointName: alice\nRoundtripUsec:",
            e.PhoneRegistered(NOW, "alice", "NonQualified"),
            id="registered",
        ),
        pytest.param(
            "Event: ContactStatus\nURI: sip:alice@127.0.0.1:5062\nContactStatus: Removed\n"
            "AOR: alice\nEndpointName: alice\nRoundtripUsec:",
            e.PhoneUnregistered(NOW, "alice", "Removed"),
            id="unregistered",
        ),
        pytest.param(
            """
            Event: OriginateResponse
            Privilege: call,all
            Timestamp: 1795310243.863599
            ActionID: originate:sw-2
            Response: Failure
            Channel: PJSIP/alice
            Context: swt
            Exten: 400
            Reason: 0
            Uniqueid: sw-2
            CallerIDNum: <unknown>
            CallerIDName: <unknown>
            """,
            e.OriginateEnded(at(1795310243.863599), "sw-2", False, 0),
            id="originate failed",
        ),
        pytest.param(
            "Event: OriginateResponse\nActionID: somebody-else\nResponse: Success\nReason: 4",
            None,
            id="somebody else's originate",
        ),
        pytest.param(
            "Event: FullyBooted\nPrivilege: system,all\nUptime: 0\nLastReload: 0\nStatus: Fully Booted",
            e.FullyBooted(NOW),
            id="booted",
        ),
        pytest.param(
            "Event: Shutdown\nTimestamp: 1795310248.294792\nShutdown: Cleanly\nRestart: False",
            e.ShuttingDown(at(1795310248.294792), restarting=False),
            id="shutting down",
        ),
        pytest.param("Event: RTCPSent\nChannel: x", None, id="unknown kind"),
        pytest.param("Event: Hangup\nChannel: x", None, id="no uniqueid"),
        pytest.param("Event: Hangup" + CHANNEL + "Cause: sixteen", None, id="a cause that is no number"),
        pytest.param(
            "Event: Newstate\nTimestamp: inf" + CHANNEL,
            e.ChannelStateChanged(NOW, ALICE, e.ChannelState.UP),
            id="a time that is none",
        ),
    ],
)
def test_translate(text: str, event: e.Event | None) -> None:
    assert translate(headers(text), NOW) == event


def test_what_is_not_translated_is_counted_by_kind() -> None:
    translator = Translator(lambda: NOW)
    for text in ("Event: RTCPSent", "Event: RTCPSent", "Event: Hangup\nChannel: x", "Event: FullyBooted"):
        translator(headers(text))
    translator({"Strange": "message"})
    assert translator.unknown == {"RTCPSent": 2, "(none)": 1}
    assert translator.odd == {"Hangup": 1}


def test_the_count_of_kinds_is_bounded() -> None:
    translator = Translator(lambda: NOW)
    for number in range(1000):
        translator({"Event": f"Kind{number}"})
    assert len(translator.unknown) == 501
    assert translator.unknown["(others)"] == 500


def test_phones_of_a_device_list() -> None:
    items = [
        headers("Event: DeviceStateChange\nActionID: a2\nDevice: PJSIP/alice\nState: INUSE"),
        headers("Event: DeviceStateChange\nActionID: a2\nDevice: PJSIP/bob\nState: NOT_INUSE"),
        headers("Event: DeviceStateChange\nActionID: a2\nDevice: Local/400@swt\nState: NOT_INUSE"),
    ]
    assert phone_states(items) == {"alice": e.PhoneState.IN_USE, "bob": e.PhoneState.IDLE}


def test_a_channel_of_the_list() -> None:
    item = headers("Event: CoreShowChannel\nActionID: a20" + CHANNEL + "Application: Wait\nBridgeId: ")
    assert channel_now(item) == (ALICE, e.ChannelState.UP, "101", "")
    with pytest.raises(OddMessage):
        channel_now(headers("Event: CoreShowChannel\nChannel: x"))


@pytest.mark.parametrize(
    ("channel", "phone"),
    [
        ("PJSIP/alice-00000001", "alice"),
        ("PJSIP/alice-of-sales-0000002a", "alice-of-sales"),
        ("Local/300@swt-00000000;1", None),
        ("nonsense", None),
    ],
)
def test_the_phone_of_a_channel(channel: str, phone: str | None) -> None:
    assert ref(channel, "1").phone == phone
