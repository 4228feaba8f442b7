"""Drivers of the balances: one module for each language, and what they share.

=====================  =====================================================
``asking``             a question to an answer: repeat, get back in step
``last_digit``         what the balance showed to a reading, in one unit
``uptime``             whether a balance was without power meanwhile
``mt_sics``            Mettler Toledo's language, which Kern speaks in part
``mt_sics_questions``  its questions, and what answers them
``display_balance``    what the following share: they print their display
``sartorius``          Sartorius SBI
``and_balance``        A&D, standard format
``ohaus``              Ohaus
``radwag``             Radwag
=====================  =====================================================
"""
