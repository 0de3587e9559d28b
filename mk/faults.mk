# Failures on purpose: a library that is preloaded into the real server and makes its n-th call of a kind fail, wait or
# be the last one; the drivers that go through all n; kills, and files that are damaged.
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
FAULTS_PROGRAMS := $(addprefix $(OUT)/tests/faults_,sweep crash)
$(FAULTS_PROGRAMS): $(OUT)/tests/faults_%: $(OUT)/obj/tests/faults/%.o $(FAULTS_SUPPORT) $(call closure,wire) $(call closure,storage)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(LDFLAGS) $^ -o $@ $(call third_party,wire storage $(LIBRARY_DEPS_storage))
