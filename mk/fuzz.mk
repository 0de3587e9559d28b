# Fuzzing. fuzz/fuzz_NAME.cc is a target, FUZZ_LIBS_NAME the libraries of ours that it drives (what they need comes
# along), fuzz/corpus/NAME/ its seeds, fuzz/NAME.dict (where there is one) its words. `make corpus` replays the seeds
# with the usual compiler; `make fuzz` looks for more with libFuzzer and the sanitizers. What it finds stands in
# $(BUILD)/fuzz/found/NAME-*; a finding becomes a seed when it is mended.
#
# Debian has simdjson as a shared library only: the sanitizers do not see inside it, but for what it does to memory of
# ours through libc.

FUZZ_LIBS_frame := wire
FUZZ_LIBS_request := wire
FUZZ_LIBS_writer := wire
FUZZ_LIBS_server_frame := wire
FUZZ_LIBS_sanitize := client_core
FUZZ_LIBS_credentials := storage
FUZZ_LIBS_config := server

FUZZ_SECONDS ?= 20
FUZZ_RUNS ?=
FUZZ_CXX ?= clang++-16

FUZZ_ALL := $(patsubst fuzz/fuzz_%.cc,%,$(wildcard fuzz/fuzz_*.cc))
$(foreach name,$(FUZZ_ALL),$(if $(FUZZ_LIBS_$(name)),,$(warning fuzz/fuzz_$(name).cc: mk/fuzz.mk lacks FUZZ_LIBS_$(name))))
FUZZ_TARGETS := $(foreach name,$(FUZZ_ALL),$(if $(FUZZ_LIBS_$(name)),$(name)))
# One alone: make fuzz FUZZ=request
FUZZ ?= $(FUZZ_TARGETS)

# Whether the clang that is here or another variant built them, the fuzzers have a place of their own.
FUZZ_OUT := $(BUILD)/fuzz
FUZZ_SANITIZE := address,undefined
FUZZ_CXXFLAGS := -std=c++2b -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all

fuzz_libraries = $(sort $(foreach library,$(FUZZ_LIBS_$(1)),$(library) $(LIBRARY_DEPS_$(library))))
fuzz_sources = fuzz/fuzz_$(1).cc $(foreach library,$(fuzz_libraries),$(call sources_of,$(library)))

$(FUZZ_OUT)/obj/%.o: %.cc | $(BUILD)/.packages-fuzz
	@mkdir -p $(@D)
	$(call say,FUZZ,$<)
	$(Q)$(FUZZ_CXX) $(CPPFLAGS) $(FUZZ_CXXFLAGS) -fsanitize=fuzzer-no-link,$(FUZZ_SANITIZE) -c $< -o $@

define fuzz_rules
$(FUZZ_OUT)/fuzz_$(1): $(patsubst %.cc,$(FUZZ_OUT)/obj/%.o,$(call fuzz_sources,$(1)))
	$$(call say,LINK,$$@)
	$$(Q)$(FUZZ_CXX) -fsanitize=fuzzer,$(FUZZ_SANITIZE) -pthread $$^ -o $$@ $(call third_party,$(fuzz_libraries))

$(OUT)/fuzz/replay_$(1): $(call objects,fuzz/fuzz_$(1).cc fuzz/replay_main.cc) $(foreach library,$(fuzz_libraries),$(call archive,$(library)))
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(CXX) $$(LDFLAGS) -Wl,--start-group $$^ -Wl,--end-group -o $$@ $(call third_party,$(fuzz_libraries))
endef
$(foreach name,$(FUZZ_TARGETS),$(eval $(call fuzz_rules,$(name))))

.PHONY: fuzz corpus
fuzz: $(foreach name,$(FUZZ),$(FUZZ_OUT)/fuzz_$(name)) ## Fuzz each target (FUZZ=name, FUZZ_SECONDS=20 or FUZZ_RUNS=1000000)
	@failed=0; mkdir -p $(FUZZ_OUT)/found; \
	for name in $(FUZZ); do \
	  mkdir -p $(FUZZ_OUT)/corpus/$$name fuzz/corpus/$$name; \
	  log=$(FUZZ_OUT)/$$name.log; \
	  $(FUZZ_OUT)/fuzz_$$name $(if $(FUZZ_RUNS),-runs=$(FUZZ_RUNS),-max_total_time=$(FUZZ_SECONDS)) \
	    $$(ls fuzz/$$name.dict 2>/dev/null | sed 's/^/-dict=/') -print_final_stats=1 -artifact_prefix=$(FUZZ_OUT)/found/$$name- \
	    $(FUZZ_OUT)/corpus/$$name fuzz/corpus/$$name >$$log 2>&1 \
	  && printf '%s: %s runs, nothing found\n' $$name "$$(sed -n 's/^stat::number_of_executed_units: *//p' $$log)" \
	  || { failed=1; tail -n 40 $$log; echo "$$name: FAILED, see $$log"; }; \
	done; exit $$failed

corpus: $(foreach name,$(FUZZ_TARGETS),$(OUT)/fuzz/replay_$(name)) ## Replay the seeds of every fuzz target
	@failed=0; for name in $(FUZZ_TARGETS); do \
	  $(OUT)/fuzz/replay_$$name fuzz/corpus/$$name || { failed=1; echo "$$name: FAILED"; }; \
	done; exit $$failed

-include $(shell find $(FUZZ_OUT)/obj -name '*.d' 2>/dev/null)
