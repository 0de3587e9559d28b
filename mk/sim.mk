# The server core with simulated clients in virtual time: tests/sim.
SIM := $(OUT)/tests/sim
SIM_OBJECTS := $(call objects,$(wildcard tests/sim/*.cc) tests/support/core_world.cc)
SEEDS ?= 100000
SEED ?=

.PHONY: sim sim-quick
sim: $(SIM) ## Simulate clients, faults and crashes (SEEDS=100000, or SEED=n for one)
ifneq ($(SEED),)
	@$(SIM) --seed $(SEED)
else
	@half=$$(( $(SEEDS) / 2 )); \
	$(SIM) --seeds 1 $$half & first=$$!; \
	$(SIM) --seeds $$(( half + 1 )) $$(( $(SEEDS) - half )); second=$$?; \
	wait $$first && exit $$second
endif

sim-quick: $(SIM) ## Some hundred seeds, and the proof that faults are found
	@$(SIM) --quick 300

$(SIM_OBJECTS): | $(BUILD)/.packages-test
$(SIM): $(SIM_OBJECTS) $(call closure,server_core) $(call closure,storage)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(LDFLAGS) $^ -o $@ $(call third_party,server_core $(LIBRARY_DEPS_server_core) storage)
