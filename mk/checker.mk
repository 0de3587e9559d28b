# The history checker: real users against the real server, with a nemesis: tests/checker. What it finds in a healthy
# server is a fault; that it finds faults is proven on a server that has them planted (VARIANT=planted).
CHECKER := $(OUT)/tests/checker/checker
CHECKER_UNIT := $(OUT)/tests/unit_checker
# All that needs no server.
CHECKER_TESTED := $(call objects,$(addprefix tests/checker/,arguments.cc block_spans.cc calls.cc chaos_link.cc check.cc \
    history.cc readers.cc store_rules.cc))
CHECKER_OBJECTS := $(call objects,$(filter-out %_test.cc,$(wildcard tests/checker/*.cc)))
CHECKER_TESTS := $(call objects,$(wildcard tests/checker/*_test.cc))

CHECKER_RUNS ?= 5
CHECKER_OPS ?= 20000
CHECKER_USERS ?= 50
# The first of CHECKER_RUNS in a row; empty: another one each time.
CHECKER_SEED ?=
# One planted fault: make checker-proof PLANT=early_ok
PLANT ?=
CHECKER_PLANT_SECONDS ?= 300

UNIT_TESTS += $(CHECKER_UNIT)
$(CHECKER_TESTS): | $(BUILD)/.packages-test
$(CHECKER_UNIT): $(CHECKER_TESTS) $(CHECKER_TESTED) $(call objects,tests/support/doctest_main.cc) $(call archive,base)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(LDFLAGS) $^ -o $@ $(call third_party,base)

$(CHECKER): $(CHECKER_OBJECTS) $(call closure,sqlite) $(call closure,wire)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(LDFLAGS) $^ -o $@ $(call third_party,sqlite wire base)

.PHONY: checker checker-proof
checker: $(OUT)/sockchat-server $(CHECKER) ## Histories of a server that is killed, stopped and cut off (CHECKER_RUNS=5 CHECKER_OPS=20000 CHECKER_SEED=n)
	@$(CHECKER) run --server $(OUT)/sockchat-server --runs $(CHECKER_RUNS) --users $(CHECKER_USERS) \
	  --operations $(CHECKER_OPS) $(if $(CHECKER_SEED),--seed $(CHECKER_SEED))

checker-proof: $(CHECKER) ## The checker finds every planted fault (PLANT=name for one)
	+@$(MAKE) --no-print-directory VARIANT=planted $(BUILD)/planted/sockchat-server
	@grep -q -a -F SOCKCHAT_PLANT $(BUILD)/planted/sockchat-server # what 34_no_plants.sh finds in no other one
	@$(CHECKER) proof --server $(BUILD)/planted/sockchat-server --seconds $(CHECKER_PLANT_SECONDS) $(PLANT)
