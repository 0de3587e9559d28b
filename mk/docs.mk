# The tables of docs/PROTOCOL.md come from the code.

$(OUT)/tests/print_tables: $(call objects,tests/support/print_tables.cc) $(call closure,server_core)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(LDFLAGS) $^ -o $@ $(call third_party,server_core $(LIBRARY_DEPS_server_core))

.PHONY: docs check-docs
docs: $(OUT)/tests/print_tables ## Write the code's tables into docs/PROTOCOL.md
	@scripts/check_docs.sh $< --write

check-docs: $(OUT)/tests/print_tables
	@scripts/check_docs.sh $<
