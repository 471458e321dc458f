"""The card: a dispatcher, applications, files, counters, PIN, cryptography and faults.

It speaks whole APDUs, as a card does behind a reader that carries APDUs: electrical and block
level are not modelled. It never logs, and it shares no behaviour with the terminal.
"""
