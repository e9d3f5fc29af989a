"""The service: PBP_MODELS=/mnt/pbp/models PBP_SERVE_PORT=8600 python -m serve

Ends after SIGTERM or SIGINT, when the workers have answered what they had begun.
"""

import signal


def main() -> None:
    # Held back until there is somebody who acts on them, here and in the workers, which inherit this: whoever ends the
    # service while it loads would otherwise kill it. Before any import that starts a thread, which inherits it, too.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    from .supervisor import main as supervise

    supervise()


if __name__ == "__main__":
    main()
