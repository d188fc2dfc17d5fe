# Few verbs, nothing else to remember. `make help` lists them.

# Where bootstrap.sh puts what is not a system package.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/countersign
export PATH := $(CACHE)/bin:$(PATH):$(HOME)/.cargo/bin
# Queries compile from the committed data in .sqlx; .ci/check-sql holds that data to the migrations.
export SQLX_OFFLINE := true

NEXTEST := $(shell cargo nextest --version >/dev/null 2>&1 && echo yes)
DENY := $(shell cargo deny --version >/dev/null 2>&1 && echo yes)
# Arguments of the program that a verb runs: make demo ARGS=--once
ARGS :=

.DEFAULT_GOAL := help
.PHONY: demo test check bless bench fault pages help

demo: ## Show what the product does, from an empty directory to a verified export (ARGS=--once ends by itself)
	@deploy/bootstrap.sh demo
	cargo run --locked --bin countersign -- demo $(ARGS)

test: ## Everything that decides whether a change is good: check, then all tests
	@deploy/bootstrap.sh
	@$(MAKE) --no-print-directory check
ifeq ($(NEXTEST),yes)
	cargo nextest run --locked --workspace
	cargo test --locked --workspace --doc --quiet
else
	cargo test --locked --workspace
endif

check: ## Format, lints as errors, SQL against the migrated schema, dependencies
	cargo fmt --all --check
	.ci/check-sql
	touch store/src/lib.rs && cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked -p verifier --no-default-features -- -D warnings
ifeq ($(DENY),yes)
	cargo deny --locked check
endif

bless: ## Refresh everything that is derived from the code and committed: format, SQL data, golden files, snapshots
	cargo fmt --all
	.ci/check-sql --bless
ifeq ($(NEXTEST),yes)
	BLESS=1 INSTA_UPDATE=always cargo nextest run --workspace --no-fail-fast
else
	BLESS=1 INSTA_UPDATE=always cargo test --workspace --no-fail-fast
endif
	git status --short

bench: ## Speed, as one table (ARGS goes to the benchmarks)
	@deploy/bootstrap.sh
	MESSAGE_DB_SQL=$$(.ci/message-db) cargo bench --locked --workspace --bench '*' -- $(ARGS)

# Tests in programs whose name begins with `fault` are ignored in `make test` because they take long.
fault: ## The long tests: killed servers, cut connections, the build for a browser, fuzzing (ARGS filters tests by name)
	@deploy/bootstrap.sh wasm
	.ci/fault $(ARGS)

# What a browser is asked of every page is in `make test`; this draws them for somebody to look at.
pages: ## Every page as a picture, at 360 and 1280 pixels, light, dark and on paper, with a contact sheet (ARGS filters)
	@deploy/bootstrap.sh
	rm -rf target/pages
ifeq ($(NEXTEST),yes)
	cargo nextest run --locked -p api --test browser --run-ignored only --no-fail-fast drawing $(ARGS)
else
	cargo test --locked -p api --test browser -- --ignored drawing $(ARGS)
endif
	@echo "The contact sheet is target/pages/index.html"

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
