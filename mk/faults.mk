# Failures on purpose: a library that is preloaded into the real server and makes its n-th call of a kind fail, wait or
# be the last one; the drivers that go through all n; kills, and files that are damaged. Not for the sanitizers, which
# want to be the first to be loaded.
FAULTS_PRELOAD := $(OUT)/tests/faults_preload.so
FAULTS_PRELOAD_OBJECTS := $(patsubst %.cc,$(OUT)/obj/%.pic.o,$(wildcard tests/faults/preload_*.cc))

# Without the program's flags: it is loaded into a process that has none of our libraries' code to call, and what it
# replaces must not be a fortified call to itself.
$(OUT)/obj/%.pic.o: %.cc | $(BUILD)/.packages-build
	@mkdir -p $(@D)
	$(call say,CXX,$<)
	$(Q)$(CXX) -Iinclude -Isrc -Itests -MMD -MP -std=c++2b $(WARNINGS) -O2 -g1 -fPIC -fno-builtin -U_FORTIFY_SOURCE -c $< -o $@

$(FAULTS_PRELOAD): $(FAULTS_PRELOAD_OBJECTS)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CXX) -shared $^ -o $@

FAULTS_SUPPORT := $(call objects,$(addprefix tests/faults/,server_run.cc session.cc sweep_plan.cc talker.cc verdict.cc))
FAULTS_PROGRAMS := $(addprefix $(OUT)/tests/faults_,sweep crash slow_disk)
$(FAULTS_PROGRAMS): $(OUT)/tests/faults_%: $(OUT)/obj/tests/faults/%.o $(FAULTS_SUPPORT) $(call closure,wire) $(call closure,storage)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(LDFLAGS) $^ -o $@ $(call third_party,wire storage $(LIBRARY_DEPS_storage))

# The whole sweeps take long; these are what a change has time for.
SWEEP_STRIDE ?= 1
SWEEP_QUICK_STRIDE ?= 127
SWEEP_JOBS ?= 2
KINDS ?=
ONLY ?=
ROUNDS ?= 200
DAMAGES ?= 10000
# I/N, to go through it in slices.
SWEEP_PART ?= 1/1
sweep = $(OUT)/tests/faults_sweep $(OUT)/sockchat-server $(FAULTS_PRELOAD) jobs=$(SWEEP_JOBS) part=$(SWEEP_PART)

.PHONY: crash sweep sweep-quick syncs slow-disk damage
crash: $(OUT)/sockchat-server $(FAULTS_PRELOAD) $(OUT)/tests/faults_crash $(OUT)/tests/crowd ## kill -9 under load (ROUNDS=200): nothing lost, nothing doubled
	@$(OUT)/tests/faults_crash $(OUT)/sockchat-server $(FAULTS_PRELOAD) $(CROWD) rounds=$(ROUNDS)

sweep: $(OUT)/sockchat-server $(FAULTS_PRELOAD) $(OUT)/tests/faults_sweep ## The n-th allocation or call fails, for every n (SWEEP_STRIDE=1 KINDS=read,memory ONLY=read:once:17)
	@$(sweep) stride=$(SWEEP_STRIDE) kinds=$(KINDS) only=$(ONLY)

sweep-quick: $(OUT)/sockchat-server $(FAULTS_PRELOAD) $(OUT)/tests/faults_sweep ## The same for some n of each kind
	@$(sweep) stride=$(SWEEP_QUICK_STRIDE)

syncs: $(OUT)/sockchat-server $(FAULTS_PRELOAD) $(OUT)/tests/faults_sweep ## The n-th sync fails, up to n = 500 (SWEEP_STRIDE=1): exit code 4, and all is there
	@$(sweep) session=messages stride=$(SWEEP_STRIDE)

slow-disk: $(OUT)/sockchat-server $(FAULTS_PRELOAD) $(OUT)/tests/faults_slow_disk ## Every sync takes two seconds: the loop does not wait for it
	@$(OUT)/tests/faults_slow_disk $(OUT)/sockchat-server $(FAULTS_PRELOAD)

damage: $(OUT)/tests/unit_storage ## Data files changed at random places (DAMAGES=10000)
	@SOCKCHAT_DAMAGES=$(DAMAGES) $(OUT)/tests/unit_storage --test-case='damage: *' | awk ' \
	  { print; fflush() } \
	  /^\[doctest\] test cases:/ { gsub(/[^0-9 ]/, ""); good = $$2; bad = $$3 } \
	  END { printf "damage: %d passed, %d failed\n", good, bad; exit bad > 0 || good == 0 }'
