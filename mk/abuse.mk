# Attackers against the real server: docs/ATTACKERS.md. What is quick about them is in `make test`; this is the rest.
ABUSE := $(OUT)/tests/abuse

# One row alone: make abuse ROWS="A4 A5"
ROWS ?=

# For what the measurements of speed and of attacks share.
$(call objects,$(wildcard tests/abuse/*.cc)): CPPFLAGS += -I.
$(ABUSE): $(call objects,$(wildcard tests/abuse/*.cc) tests/support/crowd_peers.cc tests/checker/server_process.cc \
    bench/process_stat.cc) $(call closure,wire) $(call closure,net) $(call closure,crypto)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(LDFLAGS) $^ -o $@ $(call third_party,wire net crypto base)

.PHONY: abuse
abuse: $(OUT)/sockchat-server $(OUT)/sockchat $(ABUSE) ## What attackers cost the others: a table of figures and bounds (ROWS="A4 A5")
	@$(ABUSE) $(OUT)/sockchat-server $(ROWS)
