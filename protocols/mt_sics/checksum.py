"""The check value that ends a SIC1 or SIC2 weight line."""

from binascii import crc_hqx

_INITIAL = 0xFFFF


def crc16(text: bytes) -> int:
    """Return the CRC-16/IBM-3740 of `text` (check value of "123456789": 0x29B1).

    A balance covers the text from the reply's first letter up to and including
    the blank before the check value.

    Source: MT-SICS reference manual 11781363L, commands SIC1 and SIC2.
    """
    return crc_hqx(text, _INITIAL)
