/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_MD_PROXY_H
#define L3HA_MD_PROXY_H 1

/* Serves guests: sockets that listen in namespaces, and the connections that
 * come in on them. */

#include <stdbool.h>
#include <stddef.h>

#include "uuid.h"

struct ds;
struct md_events;
struct md_instances;
struct md_proxy;
struct md_settings;
struct md_upstream;

/* Sockets of a service: IPv4 and IPv6. */
#define MD_SERVICE_MAX_FDS 2

struct md_proxy *md_proxy_create(struct md_events *,
                                 const struct md_instances *,
                                 struct md_upstream *,
                                 const struct md_settings *);
void md_proxy_destroy(struct md_proxy *);

void md_proxy_listen(struct md_proxy *, const char *name,
                     const char *identity, const int *fds,
                     size_t n_fds);
void md_proxy_set_networks(struct md_proxy *, const char *name,
                           const struct uuid *networks, size_t n);
void md_proxy_close(struct md_proxy *, const char *name);

void md_proxy_for_each(const struct md_proxy *,
                       void (*cb)(const char *name, const char *identity,
                                  void *aux),
                       void *aux);

void md_proxy_run(struct md_proxy *);
void md_proxy_wait(struct md_proxy *);
void md_proxy_format(const struct md_proxy *, struct ds *);

#endif /* metadata/proxy.h */
