/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_TEXT_FILE_H
#define L3HA_TEXT_FILE_H 1

/* Small files that are read and replaced as a whole. */

char *text_file_read(const char *path);
int text_file_replace(const char *path, const char *text);
void text_file_make_dirs(const char *path);

#endif /* agent/text-file.h */
