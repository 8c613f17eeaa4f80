"""Per-process singletons are created once, also under concurrent access."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from clustering.services.work import process_resources

N_THREADS = 16


def test_many_threads_share_one_decoder() -> None:
    process_resources.close_decoder()
    together = Barrier(N_THREADS)

    def ask() -> int:
        together.wait()
        return id(process_resources.decoder())

    with ThreadPoolExecutor(N_THREADS) as pool:
        made = {future.result() for future in [pool.submit(ask) for _ in range(N_THREADS)]}

    assert len(made) == 1
