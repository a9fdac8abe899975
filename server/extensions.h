/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef EXTENSIONS_H
#define EXTENSIONS_H 1

/* What the API says about itself: versions, collections, extensions. */

struct api_error;
struct json;

struct json *extensions_versions(const char *base_url);
struct json *extensions_collections(const char *base_url);
struct json *extensions_list(void);
struct api_error *extensions_show(const char *alias, struct json **answerp);

#endif /* server/extensions.h */
