# Where things are put. DESTDIR stands in front of everything, for those who make packages.
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=

INSTALLED := bin/sockchat bin/sockchat-server share/man/man1/sockchat.1 share/man/man8/sockchat-server.8 \
    share/man/man5/sockchat.toml.5 share/bash-completion/completions/sockchat \
    share/bash-completion/completions/sockchat-server lib/systemd/system/sockchat.service \
    lib/sysusers.d/sockchat.conf lib/tmpfiles.d/sockchat.conf

.PHONY: install uninstall
install: $(OUT)/sockchat-server $(OUT)/sockchat ## Programs, manual, completion, units (PREFIX=/usr/local DESTDIR=)
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' scripts/install.sh $(OUT)

uninstall: ## Takes away what install has put there; configuration and data stay
	rm -f $(addprefix '$(DESTDIR)$(PREFIX)'/,$(INSTALLED))
