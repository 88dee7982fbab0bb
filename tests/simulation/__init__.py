"""The deterministic simulation of sync: production clients and server in a world where everything goes wrong.

`python -m tests.simulation --seeds 1000`: time, network, crashes, disks and providers are simulated and follow from a
seed; the exchange, the replica, the outbox, the server's core and its sending are the real ones.
"""
