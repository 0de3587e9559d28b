.PHONY: demo
demo: $(OUT)/sockchat-server $(OUT)/sockchat ## Hans, Yoda and Vader show what sockchat does
	@OUT=$(abspath $(OUT)) scripts/demo.sh
