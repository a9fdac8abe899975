/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TEST_BACKEND_H
#define TEST_BACKEND_H 1

/* What the files of the command "backend" share. */

#include <stddef.h>
#include <stdint.h>

struct backend;
struct l3ha_config;
struct ovsdb_idl;
struct ovsdb_idl_txn;

#define TB_MAX_ARGS 16

struct test {
    struct l3ha_config *config;
    const char *remote;
    struct backend *b;
    struct ovsdb_idl *idl;
    struct ovsdb_idl_txn *txn;
    int64_t now;                /* Of the agents, for state_since. */
    int argc;
    char *argv[TB_MAX_ARGS + 1];
};

/* Rows by their names, which must exist. */
const struct l3harec_network *tb_find_network(struct test *, const char *name);
const struct l3harec_port *tb_find_port(struct test *, const char *name);
const struct l3harec_router *tb_find_router(struct test *, const char *name);

/* Sorted, with commas; the caller must free it. */
char *tb_join(char **strings, size_t n);

/* test-backend-show.c. */
void tb_show_router(struct test *);
void tb_show_hosts(struct test *);
void tb_show_ips(struct test *);
void tb_check_eui64(struct test *);
void tb_show_count(struct test *);
void tb_show_agents(struct test *);

#endif /* tests/test-backend.h */
