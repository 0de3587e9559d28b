# Before a release: what takes longer than a change can wait, in slices of at most ten minutes, each with its progress
# and its sum. One campaign alone: make release-check CAMPAIGNS=crash
CAMPAIGNS ?= crash syncs sweep damage

.PHONY: release-check
release-check: $(OUT)/sockchat-server $(FAULTS_PRELOAD) $(FAULTS_PROGRAMS) $(CROWD) $(OUT)/tests/unit_storage ## The long campaigns: 5,000 kills, every n of every sweep, 10,000 damages (CAMPAIGNS=crash)
	+@MAKE="$(MAKE)" scripts/release_check.sh $(CAMPAIGNS)
