# The tables of docs/PROTOCOL.md and man/ come from the code, and the completion from the programs.

$(OUT)/tests/print_tables: $(call objects,tests/support/print_tables.cc) $(call closure,server_core)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(LDFLAGS) $^ -o $@ $(call third_party,server_core $(LIBRARY_DEPS_server_core))

COMPLETION := packaging/completion.bash

.PHONY: docs check-docs
docs: $(OUT)/tests/print_tables $(OUT)/sockchat-server $(OUT)/sockchat ## Write the code's tables into docs, man and packaging
	@scripts/check_docs.sh $< --write
	@scripts/make_completion.sh $(OUT)/sockchat-server $(OUT)/sockchat >$(OUT)/completion.bash
	@cp $(OUT)/completion.bash $(COMPLETION)

check-docs: $(OUT)/tests/print_tables $(OUT)/sockchat-server $(OUT)/sockchat
	@scripts/check_docs.sh $<
	@scripts/make_completion.sh $(OUT)/sockchat-server $(OUT)/sockchat | diff -u $(COMPLETION) - || \
	  { echo "$(COMPLETION) is behind the programs' options: run 'make docs'" >&2; exit 1; }
