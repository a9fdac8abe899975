/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef L3HA_TEXT_FILE_H
#define L3HA_TEXT_FILE_H 1

/* Small files that are read and replaced as a whole. */

#include <sys/types.h>

char *text_file_read(const char *path);
int text_file_replace(const char *path, const char *text);
int text_file_replace_mode(const char *path, const char *text, mode_t);
void text_file_make_dirs(const char *path);
void text_file_remove_dir(const char *dir);

#endif /* agent/text-file.h */
