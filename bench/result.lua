-- What every load says at its end, in one line that bench/load.py reads.
function done(summary, latency)
  local broken = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format(
    "\nRESULT %d %d %d %d %d %d\n", summary.requests, summary.duration, summary.errors.status, broken,
    latency:percentile(50), latency:percentile(99)
  ))
end
