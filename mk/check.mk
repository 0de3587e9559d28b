# What holds of the source as it stands: layers, habits, formatting, the tables of the documents. No test runs here.
CHECKED_FILES = $(shell find include src tests fuzz bench -name '*.cc' -o -name '*.h')

.PHONY: check check-source check-docs format
check: check-source check-docs ## Layers, style, formatting, compile-fail, the documents' tables

check-source: | $(BUILD)/.packages-check
	$(call say,CHECK,layers)
	@scripts/check_layers.sh
	$(call say,CHECK,style)
	@scripts/check_style.sh
	$(call say,CHECK,attackers)
	@scripts/check_attackers.sh
	$(call say,CHECK,formatting)
	@clang-format --dry-run -Werror $(CHECKED_FILES)
	$(call say,CHECK,headers)
	@CXX="$(CXX)" CPPFLAGS="$(DEFINES)" scripts/check_headers.sh
	$(call say,CHECK,manual)
	@mandoc -Tlint -Wwarning man/*
	$(call say,CHECK,compile-fail)
	@CXX="$(CXX)" scripts/check_compile_fail.sh

format: | $(BUILD)/.packages-check ## Format the sources as `make check` wants them
	clang-format -i $(CHECKED_FILES)
