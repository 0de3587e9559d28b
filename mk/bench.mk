# Speed, against a relay that only moves bytes and against bare SQLite. docs/BENCHMARKS.md says what is measured.
BENCH ?= ping,durable,fanout,pipeline,idle
RUNS ?= 3
BENCH_SECONDS ?= 4

BENCH_PROGRAMS := $(addprefix $(OUT)/bench/,load relay bare_sqlite)
$(OUT)/bench/load: $(call objects,$(addprefix bench/,load.cc clients.cc process_stat.cc protocol.cc workloads.cc)) \
    $(call archive,net) $(call archive,wire) $(call archive,base)
$(OUT)/bench/relay: $(call objects,bench/relay.cc)
$(OUT)/bench/bare_sqlite: $(call objects,bench/bare_sqlite.cc) $(call closure,storage)

$(BENCH_PROGRAMS):
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(LDFLAGS) $^ -o $@ $(call third_party,storage net wire base)

.PHONY: bench
bench: $(OUT)/sockchat-server $(BENCH_PROGRAMS) ## Measure against the floor (BENCH=ping,durable,fanout,pipeline,idle RUNS=3)
	@OUT=$(abspath $(OUT)) scripts/bench.sh $(BENCH) $(RUNS) $(BENCH_SECONDS)
