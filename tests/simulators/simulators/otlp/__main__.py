"""Edge: the command `python -m simulators.otlp`."""

import sys
from collections.abc import Sequence

from simulators import serving
from simulators.otlp import OtlpSimulator


def main(argv: Sequence[str] | None = None) -> int:
    parser = serving.command("python -m simulators.otlp", "Takes spans over OTLP/HTTP and shows them.")
    parser.add_argument("--max-traces", type=int, default=5_000, help="the oldest makes room (default: %(default)s)")
    parser.add_argument("--max-spans", type=int, default=100_000, help="of all traces (default: %(default)s)")
    arguments = parser.parse_args(argv)
    simulator = OtlpSimulator(max_traces=arguments.max_traces, max_spans=arguments.max_spans)
    return serving.serve(simulator.app, host=arguments.host, port=arguments.port)


if __name__ == "__main__":
    sys.exit(main())
