# Fuzzing. fuzz/fuzz_NAME.cc is a target, FUZZ_LIBS_NAME the libraries of ours that it drives (what they need comes
# along), FUZZ_WITH_NAME what else it is made of, fuzz/corpus/NAME/ its seeds, fuzz/NAME.dict (where there is one) its
# words. `make corpus` replays the seeds with the usual compiler; `make fuzz` looks for more with libFuzzer and the
# sanitizers, and says how much of the code it reached. What it finds stands in $(BUILD)/fuzz/found/NAME-*; a finding
# becomes a seed when it is mended.
#
# Debian has simdjson as a shared library only: the sanitizers do not see inside it, but for what it does to memory of
# ours through libc.

FUZZ_LIBS_frame := wire
FUZZ_LIBS_request := wire
FUZZ_LIBS_writer := wire
FUZZ_LIBS_server_frame := wire
FUZZ_LIBS_sanitize := client_core
FUZZ_LIBS_credentials := storage
FUZZ_LIBS_server_core := server_core storage
FUZZ_LIBS_login := server_core storage
FUZZ_LIBS_tls := net
FUZZ_LIBS_client_core := client_core
FUZZ_LIBS_render := client_core
FUZZ_LIBS_history := storage wire
FUZZ_LIBS_config := server

FUZZ_STAGE := fuzz/core_judge.cc fuzz/core_stage.cc tests/support/core_world.cc
FUZZ_WITH_server_core := $(FUZZ_STAGE)
FUZZ_WITH_login := $(FUZZ_STAGE)

# So many for each target, or until so many seconds have gone, where that is set.
FUZZ_RUNS ?= 1000000
FUZZ_SECONDS ?=
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
fuzz_own = fuzz/fuzz_$(1).cc $(FUZZ_WITH_$(1))
fuzz_sources = $(fuzz_own) $(foreach library,$(fuzz_libraries),$(call sources_of,$(library)))

$(FUZZ_OUT)/obj/%.o: %.cc | $(BUILD)/.packages-fuzz
	@mkdir -p $(@D)
	$(call say,FUZZ,$<)
	$(Q)$(FUZZ_CXX) $(CPPFLAGS) $(FUZZ_CXXFLAGS) -fsanitize=fuzzer-no-link,$(FUZZ_SANITIZE) -c $< -o $@

define fuzz_rules
$(FUZZ_OUT)/fuzz_$(1): $(patsubst %.cc,$(FUZZ_OUT)/obj/%.o,$(call fuzz_sources,$(1)))
	$$(call say,LINK,$$@)
	$$(Q)$(FUZZ_CXX) -fsanitize=fuzzer,$(FUZZ_SANITIZE) -pthread $$^ -o $$@ $(call third_party,$(fuzz_libraries))

$(OUT)/fuzz/replay_$(1): $(call objects,$(fuzz_own) fuzz/replay_main.cc) $(foreach library,$(fuzz_libraries),$(call archive,$(library)))
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(CXX) $$(LDFLAGS) -Wl,--start-group $$^ -Wl,--end-group -o $$@ $(call third_party,$(fuzz_libraries))
endef
$(foreach name,$(FUZZ_TARGETS),$(eval $(call fuzz_rules,$(name))))

.PHONY: fuzz corpus
fuzz: $(foreach name,$(FUZZ),$(FUZZ_OUT)/fuzz_$(name)) ## Fuzz each target (FUZZ=name FUZZ_RUNS=1000000 FUZZ_SECONDS=n)
	@FUZZ_OUT=$(FUZZ_OUT) scripts/fuzz.sh '$(FUZZ_RUNS)' '$(FUZZ_SECONDS)' $(FUZZ)

corpus: $(foreach name,$(FUZZ_TARGETS),$(OUT)/fuzz/replay_$(name)) ## Replay the seeds of every fuzz target
	@failed=0; for name in $(FUZZ_TARGETS); do \
	  $(OUT)/fuzz/replay_$$name fuzz/corpus/$$name || { failed=1; echo "$$name: FAILED"; }; \
	done; exit $$failed

-include $(shell find $(FUZZ_OUT)/obj -name '*.d' 2>/dev/null)
