# The lines of JSON of scripts/bench.sh as a table, and each target with what was reached. `us a delivery`: CPU time of
# the server, mean of the runs; it holds still where a busy machine makes the rest waver.

function member(name,    rest) {
  if (!match($0, "\"" name "\":")) return ""
  rest = substr($0, RSTART + RLENGTH)
  match(rest, /^("[^"]*"|[^,}]*)/)
  rest = substr(rest, 1, RLENGTH)
  gsub(/"/, "", rest)
  return rest
}

# The values of one contender, sorted by insertion.
{
  key = member("workload") " " member("server")
  if (!(key in count)) keys[++key_count] = key
  metric[key] = member("metric")
  at = ++count[key]
  for (new = member("value") + 0; at > 1 && value[key, at - 1] > new; --at) value[key, at] = value[key, at - 1]
  value[key, at] = new
  cpu_us[key] += member("server_us_per_delivery")
  if (member("server_cpu_percent") + 0 > cpu[key]) cpu[key] = member("server_cpu_percent") + 0
}

function median(key,    middle) {
  middle = int((count[key] + 1) / 2)
  return count[key] % 2 ? value[key, middle] : (value[key, middle] + value[key, middle + 1]) / 2
}

function verdict(what, reached, words, met) {
  printf "%-10s %-38s %12s  %s\n", what, words, reached, met ? "met" : "missed"
}

END {
  printf "%-10s %-12s %-22s %12s %12s %12s %16s\n", "workload", "server", "metric", "median", "smallest", "largest", "us a delivery"
  for (at = 1; at <= key_count; ++at) {
    key = keys[at]
    split(key, part, " ")
    digits = metric[key] ~ /median_us$/ ? 1 : 0
    each = cpu_us[key] > 0 ? sprintf("%.3f", cpu_us[key] / count[key]) : "-"
    printf "%-10s %-12s %-22s %12.*f %12.*f %12.*f %16s\n", part[1], part[2], metric[key], digits, median(key), digits, value[key, 1], digits, value[key, count[key]], each
  }
  print ""
  printf "%-10s %-38s %12s\n", "workload", "target", "reached"
  if ("ping sockchat" in count) {
    ratio = median("ping sockchat") / median("ping relay")
    verdict("ping", sprintf("%.2f", ratio), "at most 1.3 times the relay's latency", ratio <= 1.3)
  }
  if ("durable sockchat" in count) {
    commits = (median("durable sockchat") - median("durable relay")) / median("durable commit")
    verdict("durable", sprintf("%.2f", commits), "at most 1.5 commits above the relay", commits <= 1.5)
  }
  if ("fanout sockchat" in count) {
    ratio = median("fanout sockchat") / median("fanout relay")
    verdict("fanout", sprintf("%.2f", ratio), "at least 0.4 of the relay's deliveries", ratio >= 0.4)
  }
  if ("fanout sockchat_tls" in count) {
    ratio = median("fanout sockchat_tls") / median("fanout sockchat")
    verdict("fanout", sprintf("%.2f", ratio), "TLS: at least 0.5 of clear text", ratio >= 0.5)
  }
  if ("pipeline sockchat" in count) {
    half = median("pipeline bare_sqlite") / 2
    goal = half < 100000 ? half : 100000
    verdict("pipeline", sprintf("%.0f/s", median("pipeline sockchat")), sprintf("at least %.0f messages a second", goal), median("pipeline sockchat") >= goal)
  }
  if ("idle sockchat" in count) {
    verdict("idle", sprintf("%.0f", median("idle sockchat")), "at most 2048 bytes a connection", median("idle sockchat") <= 2048)
    if ("idle sockchat_tls" in count)
      verdict("idle", sprintf("%.0f", median("idle sockchat_tls")), "TLS: at most 16384 bytes", median("idle sockchat_tls") <= 16384)
    verdict("idle", sprintf("%.2f %%", cpu["idle sockchat"]), "less than 1 % of a core", cpu["idle sockchat"] < 1)
  }
}
