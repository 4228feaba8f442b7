"""Keys, signatures and the statements that are signed: Ed25519, DSSE and in-toto."""
