/**
 * The 99th percentile of the delay of a server's event loop since it was last asked for it, in milliseconds: ours says it in
 * its metrics, where reading begins a new measurement.
 */
export async function eventLoopDelay(port: number): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const [, seconds] = /^nodejs_eventloop_lag_p99_seconds(?:\{[^}]*\})? (\S+)$/m.exec(metrics)!;
  return Number(seconds) * 1000;
}
