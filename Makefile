# Loteria Nacional. A bare `make` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help

AGENCIES ?= 5
BETS ?=
CLIENTS ?=
# TEST: an echo server with a container that checks it. Anything else is the start-up file of a shell.
ENV ?=
COMPOSE_FILE := docker-compose-dev.yaml
COMPOSE := docker compose -f $(COMPOSE_FILE)
# The number of clients in the Compose file, which is how many agencies need data.
COMPOSE_CLIENTS = $(shell grep -c 'container_name: client' $(COMPOSE_FILE) 2>/dev/null || true)
# Whether the Compose file runs the lottery, which needs data: it says so, or leaves it to the default of the programs.
LOTTERY = ! grep -q MODE=echo $(COMPOSE_FILE) && \
	{ grep -q MODE=lottery $(COMPOSE_FILE) || grep -q "= 'lottery'" src/base/mode.ts; }
COMPOSE_NETWORK := tp0_testing_net
OBSERVABILITY_FILE := docker-compose-observability.yaml
OBSERVABILITY := docker compose -f $(OBSERVABILITY_FILE) -f deploy/observability.yaml
# As in deploy/cluster/main.ts: not the project of the file, which may be in use here.
CLUSTER_PROJECT := loteria-demo
ECHO_CHECK := container_name: echo-check

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-24s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

node_modules/.installed: package.json package-lock.json
	npm ci --no-audit --no-fund
	@touch $@

.PHONY: build
build: node_modules/.installed ## install what is needed and compile
	@npm run --silent build

.PHONY: demo
demo: build ## watch AGENCIES=5 agencies send their bets (BETS=n each, where data are made up; PACE=60s, KILL=n)
	@AGENCIES=$(AGENCIES) $(if $(BETS),BETS=$(BETS)) ./bin/loteria demo $(if $(PACE),--pace $(PACE)) $(if $(KILL),--kill $(KILL))

.PHONY: board
board: build ## watch AGENCIES=5 agencies for a minute on the live board (BOARD_PORT=8080, PACE=60s; KILL=3: kill the central)
	@AGENCIES=$(AGENCIES) $(if $(BETS),BETS=$(BETS)) ./bin/loteria demo --pace $(or $(PACE),60s) --kill $(or $(KILL),0) \
		--board-port $(or $(BOARD_PORT),8080) --keep

.PHONY: test
test: build ## build, lint, check formatting and layering, and run every test
	@$(MAKE) --no-print-directory -j2 --output-sync=target lint-types lint-code lint-format lint-layers
	@npm run --silent test:units
	@npm run --silent test:programs

# Beside each other: the rules for code take as long as everything else that is checked without running it.
.PHONY: lint-types lint-code lint-format lint-layers
lint-types lint-code lint-format lint-layers: node_modules/.installed
	@npm run --silent $(subst -,:,$@)

.PHONY: data
data: build ## provide .data/agency-N.csv for AGENCIES=5 (BETS=n each, where data are made up)
	@AGENCIES=$(AGENCIES) $(if $(BETS),BETS=$(BETS)) ./bin/loteria data

.PHONY: branches
branches: ## local branches ej1 ... ej8 from this commit, each with its exercise's programs (FORCE=1: replace others)
	@FORCE=$(or $(FORCE),0) ./scripts/branches.sh

.PHONY: docker-image-server
docker-image-server: ## build the image of the server
	docker build -f ./server/Dockerfile -t server:latest .

.PHONY: docker-image-client
docker-image-client: ## build the image of the client
	docker build -f ./client/Dockerfile -t client:latest .

.PHONY: docker-image-postgres
docker-image-postgres: ## build the image of PostgreSQL, Patroni and etcd
	docker build -t loteria-postgres:latest deploy/postgres

.PHONY: docker-image
docker-image: docker-image-server docker-image-client ## build both images

.PHONY: compose-file
compose-file:
ifeq ($(ENV),TEST)
	@./generar-compose.sh $(COMPOSE_FILE) "$(or $(CLIENTS),0)"
else
	@if [ -n "$(CLIENTS)" ] || [ ! -f $(COMPOSE_FILE) ] || grep -q '$(ECHO_CHECK)' $(COMPOSE_FILE); then \
		./generar-compose.sh $(COMPOSE_FILE) "$(or $(CLIENTS),5)"; fi
endif

.PHONY: docker-compose-up
docker-compose-up: build compose-file docker-image ## prepare data, build, start detached (CLIENTS=n, ENV=TEST: echo check)
	@if $(LOTTERY); then AGENCIES=$(COMPOSE_CLIENTS) $(if $(BETS),BETS=$(BETS)) ./bin/loteria data; fi
	$(COMPOSE) up -d --remove-orphans

.PHONY: observability
observability: ## central with its board, agencies, Prometheus and Grafana in Compose (CLIENTS=n)
	@BOARD=1 ./generar-compose.sh $(OBSERVABILITY_FILE) "$(or $(CLIENTS),5)"
	@$(OBSERVABILITY) pull --quiet prometheus grafana || { \
		echo "make observability: the images of Prometheus and Grafana cannot be had here, see above." >&2; \
		echo "The board and its /metrics work without them: set BOARD_PORT." >&2; exit 1; }
	@$(MAKE) --no-print-directory build docker-image
	@AGENCIES=$(or $(CLIENTS),5) $(if $(BETS),BETS=$(BETS)) ./bin/loteria data
	$(OBSERVABILITY) up -d --remove-orphans
	@echo "board http://127.0.0.1:9464/  Prometheus http://127.0.0.1:9090/  Grafana http://127.0.0.1:3000/"

.PHONY: observability-down
observability-down: ## stop and remove the containers of make observability
	$(OBSERVABILITY) down --remove-orphans

.PHONY: cluster
cluster: cluster-parts ## three centrals, five agencies and a replicated PostgreSQL in Compose, until the draw (PACE=60s)
	@$(if $(PACE),PACE=$(PACE)) ./node_modules/.bin/ts-node deploy/cluster/main.ts

.PHONY: cluster-kill
cluster-kill: cluster-parts ## the same (PACE=20s), and kill the primary, a central and an agency's connection on the way
	@$(if $(PACE),PACE=$(PACE)) ./node_modules/.bin/ts-node deploy/cluster/main.ts --kill

.PHONY: cluster-parts
cluster-parts: build docker-image docker-image-postgres
	@AGENCIES=5 $(if $(BETS),BETS=$(BETS)) ./bin/loteria data

.PHONY: cluster-down
cluster-down: ## remove the containers, networks, volumes and passwords of make cluster
	docker compose -p $(CLUSTER_PROJECT) -f deploy/compose/cluster.yaml --profile export down -v --remove-orphans
	rm -rf secrets/cluster

.PHONY: docker-compose-stop
docker-compose-stop: ## stop the containers and keep them
	$(COMPOSE) stop -t 5

.PHONY: docker-compose-down
docker-compose-down: ## stop the containers and remove them
	$(COMPOSE) stop -t 5
	$(COMPOSE) down --remove-orphans

.PHONY: docker-compose-logs
docker-compose-logs: ## follow the logs
	$(COMPOSE) logs -f

.PHONY: docker-compose-test
docker-compose-test: ## check the echo server from a temporary container
	sh validar-echo-server.sh

.PHONY: docker-compose-shell
docker-compose-shell: ## a temporary container in the network, with netcat
	docker run --rm --interactive --tty --network $(COMPOSE_NETWORK) busybox:latest sh

.PHONY: clean
clean: ## remove what was built, installed and stored
	rm -rf dist coverage node_modules data
