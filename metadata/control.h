/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_MD_CONTROL_H
#define L3HA_MD_CONTROL_H 1

/* What the agent says to ovs-l3ha-metadata. */

struct ds;
struct md_control;
struct md_instances;
struct md_proxy;
struct md_settings;

struct md_control *md_control_create(const char *path,
                                     struct md_instances *,
                                     struct md_proxy *,
                                     struct md_settings *);
void md_control_destroy(struct md_control *);

void md_control_run(struct md_control *);
void md_control_wait(struct md_control *);
void md_control_format(const struct md_control *, struct ds *);

#endif /* metadata/control.h */
