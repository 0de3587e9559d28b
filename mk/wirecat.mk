# The client of the shell tests.
WIRECAT := $(OUT)/tests/wirecat

.PHONY: wirecat
wirecat: $(WIRECAT)

$(WIRECAT): $(call objects,tests/support/wirecat.cc) $(call closure,wire) $(call closure,net)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(LDFLAGS) $^ -o $@ $(call third_party,wire net base)
