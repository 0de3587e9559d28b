# The real programs against each other: tests/integration/NN_topic.sh.
CROWD := $(OUT)/tests/crowd

.PHONY: integration
integration: $(OUT)/sockchat-server $(OUT)/sockchat $(OUT)/tests/wirecat $(OUT)/tests/notify_listener $(OUT)/tests/sandbox_run $(CROWD) | $(BUILD)/.packages-test ## The real programs against each other (T=NN_topic for one)
	@OUT=$(abspath $(OUT)) tests/integration/run $(T)

$(CROWD): $(call objects,tests/support/crowd.cc tests/support/crowd_peers.cc) $(call closure,wire)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(LDFLAGS) $^ -o $@ $(call third_party,wire base)

$(OUT)/tests/notify_listener: $(call objects,tests/support/notify_listener.cc)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(LDFLAGS) $^ -o $@

$(OUT)/tests/sandbox_run: $(call objects,tests/support/sandbox_run.cc)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(LDFLAGS) $^ -o $@
