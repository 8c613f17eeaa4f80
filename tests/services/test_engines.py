"""Costly tools are made once in a process, however many threads ask at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from clustering.services import engines

N_THREADS = 16


def test_many_threads_share_one_decoder() -> None:
    engines.close_decoder()
    together = Barrier(N_THREADS)

    def ask() -> int:
        together.wait()
        return id(engines.decoder())

    with ThreadPoolExecutor(N_THREADS) as pool:
        made = {future.result() for future in [pool.submit(ask) for _ in range(N_THREADS)]}

    assert len(made) == 1
