"""MT-SICS, the ASCII command language of Mettler Toledo balances.

Both ends share this codec: the driver that asks and the twin that answers.

=================  =====================================================
``grammar``        line length, keywords and parameters
``line_reader``    bytes to whole lines, bounded
``replies``        the kinds of reply, as frozen values
``parser``         one line to one reply
``commands``       commands, and which replies answer them
``identity``       meaning of the I0 and I2 replies
``builders``       reply lines, as a balance sends them
``checksum``       the CRC of SIC1 and SIC2
``status_weight``  the reply to SIS
``parameters``     what the parameters of a command mean to the balance
``levels``         the level of each command, as I0 lists it
``framing``        PROT 2: the same text in frames with a check value
``deviations``     what one known program does otherwise
=================  =====================================================

Source: Mettler-Toledo, Reference Manual MT-SICS for APW weigh modules,
11781363L, 12/2018.
"""
