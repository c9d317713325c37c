"""Asterisk itself: bringing one in, configuring it, keeping it alive, and phones to try it with.

Plain values in, plain values out; knows no feature of Switchroom's.
"""
