# sockchat. `make help` lists the targets.
#
# Objects, libraries and programs of one variant stand in build/<variant>/. Every library is a static archive, and a
# unit test links only what the library's row in LIBRARY_DEPS allows: a call against the layers fails at link time.

VARIANT ?= release
BUILD ?= build
OUT := $(BUILD)/$(VARIANT)

PORT ?= 4000
BLOCK ?= 60
TIMEOUT ?= 600
HOST ?= localhost
ARGS ?=

CXX ?= g++
ifeq ($(origin CXX),default)
CXX := g++
endif
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))

# --- the layers -------------------------------------------------------------------------------------------------

LIBRARIES := base net wire domain crypto sqlite storage server_core client_core server client
LIBRARY_DEPS_base :=
LIBRARY_DEPS_net := base
LIBRARY_DEPS_wire := base
LIBRARY_DEPS_domain := base
LIBRARY_DEPS_crypto := base
LIBRARY_DEPS_sqlite := base
LIBRARY_DEPS_storage := sqlite domain base
LIBRARY_DEPS_server_core := wire domain base
LIBRARY_DEPS_client_core := wire base
LIBRARY_DEPS_server := server_core storage sqlite crypto net wire domain base
LIBRARY_DEPS_client := client_core sqlite crypto net wire base

# Third-party libraries, by the library of ours that confines them.
THIRD_PARTY_base := -lfmt
THIRD_PARTY_net := -lssl -lcrypto
THIRD_PARTY_wire := -lsimdjson
THIRD_PARTY_crypto := -lsodium
THIRD_PARTY_sqlite := -lsqlite3
THIRD_PARTY_client_core := -lutf8proc
THIRD_PARTY_server := -lspdlog
THIRD_PARTY_client :=
# Of these libraries and of what they need.
third_party = $(foreach library,$(sort $(1) $(foreach one,$(1),$(LIBRARY_DEPS_$(one)))),$(THIRD_PARTY_$(library)))

# --- flags ------------------------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor -Werror
DEFINES := -DSIMDJSON_EXCEPTIONS=0 -DSPDLOG_COMPILED_LIB -DSPDLOG_FMT_EXTERNAL -DDOCTEST_CONFIG_SUPER_FAST_ASSERTS
# Checked on the programs: tests/integration/62_hardened.sh.
HARDENING := -fstack-protector-strong -fstack-clash-protection -fPIE
ifneq ($(filter x86_64 i686,$(shell uname -m)),)
HARDENING += -fcf-protection
endif
LINK_HARDENING := -pie -Wl,-z,relro,-z,now,-z,noexecstack

FLAGS_release := -O2 -g1 -D_FORTIFY_SOURCE=2
FLAGS_debug := -O0 -g
FLAGS_asan := -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_tsan := -O1 -g -fsanitize=thread
FLAGS_cov := -O0 -g --coverage
# With faults to choose from (base/planted.h): for `make checker-proof` alone.
FLAGS_planted := $(FLAGS_release) -DSOCKCHAT_PLANTED
SANITIZE_asan := -fsanitize=address,undefined
SANITIZE_tsan := -fsanitize=thread
SANITIZE_cov := --coverage
ifeq ($(FLAGS_$(VARIANT)),)
$(error unknown VARIANT '$(VARIANT)': one of debug release asan tsan cov)
endif

CXXFLAGS += -std=c++2b $(WARNINGS) $(FLAGS_$(VARIANT)) $(HARDENING)
CPPFLAGS += -Iinclude -Isrc -Itests -MMD -MP $(DEFINES)
LDFLAGS += $(SANITIZE_$(VARIANT)) $(LINK_HARDENING) -pthread

# --- what there is ----------------------------------------------------------------------------------------------

sources_of = $(filter-out src/$(1)/main.cc,$(wildcard src/$(1)/*.cc))
objects = $(patsubst %.cc,$(OUT)/obj/%.o,$(1))
archive = $(OUT)/lib/lib$(1).a
# The archives a library needs to link, itself first.
closure = $(call archive,$(1)) $(foreach library,$(LIBRARY_DEPS_$(1)),$(call archive,$(library)))

UNIT_LIBRARIES := $(foreach library,$(LIBRARIES),$(if $(wildcard tests/unit/$(library)/*.cc),$(library)))
UNIT_TESTS := $(foreach library,$(UNIT_LIBRARIES),$(OUT)/tests/unit_$(library))

.DEFAULT_GOAL := all
.PHONY: all
all: $(OUT)/sockchat-server $(OUT)/sockchat

.PRECIOUS: $(BUILD)/.packages-% $(OUT)/obj/%.o
# Nothing compiles before the packages are there; the stamp spares the look-up on the next run.
$(BUILD)/.packages-%: scripts/install_packages.sh
	@mkdir -p $(@D)
	@scripts/install_packages.sh $*
	@touch $@

$(OUT)/obj/%.o: %.cc | $(BUILD)/.packages-build
	@mkdir -p $(@D)
	$(call say,CXX,$<)
	$(Q)$(CXX) $(CPPFLAGS) $(CXXFLAGS) -c $< -o $@

define library_rules
$(call archive,$(1)): $(call objects,$(call sources_of,$(1)))
	@mkdir -p $$(@D)
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && ar rcs $$@ $$^
endef
$(foreach library,$(LIBRARIES),$(eval $(call library_rules,$(library))))

define program_rules
$(OUT)/$(2): $(call objects,src/$(1)/main.cc) $(call closure,$(1))
	$$(call say,LINK,$$@)
	$$(Q)$$(CXX) $$(LDFLAGS) $$^ -o $$@ $(call third_party,$(1) $(LIBRARY_DEPS_$(1)))
endef
$(eval $(call program_rules,server,sockchat-server))
$(eval $(call program_rules,client,sockchat))

# The tests of the core drive it through the reference store, which its own row does not allow.
UNIT_SUPPORT_server_core := tests/support/core_world.cc
UNIT_LIBRARIES_server_core := storage
UNIT_SUPPORT_server := tests/support/core_world.cc

# What is tested is compiled as it is delivered; the tests themselves are rather built fast than fast, and name their
# lines without a debugger.
UNIT_FLAGS := -O0 -g0 -U_FORTIFY_SOURCE
UNIT_HEADER := $(OUT)/obj/tests/support/unit_test.h
$(UNIT_HEADER).gch: tests/support/unit_test.h | $(BUILD)/.packages-test
	@mkdir -p $(@D)
	$(call say,CXX,$<)
	$(Q)$(CXX) $(CPPFLAGS) $(CXXFLAGS) $(UNIT_FLAGS) -x c++-header $< -o $@

define unit_rules
$(call objects,$(wildcard tests/unit/$(1)/*.cc)): private CXXFLAGS += $(UNIT_FLAGS) -Winvalid-pch -include $(UNIT_HEADER)
$(call objects,$(wildcard tests/unit/$(1)/*.cc)): $(UNIT_HEADER).gch | $(BUILD)/.packages-test
$(OUT)/tests/unit_$(1): $(call objects,$(wildcard tests/unit/$(1)/*.cc) tests/support/doctest_main.cc $(UNIT_SUPPORT_$(1))) \
    $(call closure,$(1)) $(foreach library,$(UNIT_LIBRARIES_$(1)),$(call closure,$(library)))
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(CXX) $$(LDFLAGS) $$^ -o $$@ $(call third_party,$(1) $(LIBRARY_DEPS_$(1)) $(UNIT_LIBRARIES_$(1)))
endef
$(foreach library,$(UNIT_LIBRARIES),$(eval $(call unit_rules,$(library))))
$(call objects,tests/support/doctest_main.cc): | $(BUILD)/.packages-test

include $(wildcard mk/*.mk)

.PHONY: run-server run-client unit clean help
run-server: $(OUT)/sockchat-server ## Build what is needed and serve (PORT=4000 BLOCK=60 TIMEOUT=600 ARGS=...)
	@exec $(OUT)/sockchat-server $(PORT) $(BLOCK) $(TIMEOUT) $(ARGS)

run-client: $(OUT)/sockchat ## Build what is needed and connect (HOST=localhost PORT=4000 ARGS=...)
	@exec $(OUT)/sockchat $(HOST) $(PORT) $(ARGS)

unit: $(UNIT_TESTS) ## Unit tests of every library (VARIANT=asan, VARIANT=tsan too)
	@failed=0; for test in $(UNIT_TESTS); do $$test -m || failed=1; done; exit $$failed

clean: ## Remove everything that was built
	rm -rf $(BUILD)

help: ## This list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## ?/  make \1\t/' | expand -t 24

-include $(shell find $(OUT)/obj -name '*.d' 2>/dev/null)
