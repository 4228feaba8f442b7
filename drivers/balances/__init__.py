"""Drivers of the balances: one module for each language, and what they share.

==============  ==========================================================
``asking``      a question to an answer: repeat, get back in step, journal
``last_digit``  what the balance showed to a reading, in one unit
``mt_sics``     Mettler Toledo's language, which Kern speaks in part
==============  ==========================================================
"""
