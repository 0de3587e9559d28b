# Everything that a change has to pass, and one line that says whether it did.
SUITES := unit-totals $(if $(wildcard mk/sim.mk),sim-quick) corpus integration

.PHONY: test unit-totals unit-programs
test: ## All tests; ends with `N passed, N failed` (VARIANT=asan, VARIANT=tsan too)
	+@MAKE="$(MAKE)" scripts/run_tests.sh $(SUITES)

unit-programs: $(UNIT_TESTS)

# As `unit`, but every suite says how many cases it has.
unit-totals: $(UNIT_TESTS)
	@failed=0; for test in $(UNIT_TESTS); do echo "$${test##*/}"; $$test || failed=1; done; exit $$failed
