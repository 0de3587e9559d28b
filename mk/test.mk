# Everything that a change has to pass, and one line that says whether it did.
SUITES := unit $(if $(wildcard mk/sim.mk),sim-quick) corpus integration

.PHONY: test
test: ## All tests; ends with `N passed, N failed` (VARIANT=asan, VARIANT=tsan too)
	+@MAKE="$(MAKE)" scripts/run_tests.sh $(SUITES)
