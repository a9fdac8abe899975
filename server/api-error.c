/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Errors of the REST API as values. */

#include <config.h>
#include "server/api-error.h"

#include <stdarg.h>
#include <stdlib.h>

#include "util.h"

/* Returns a new error.  The caller owns it. */
struct api_error *
api_error_create(int status, const char *type, const char *format, ...)
{
    struct api_error *error = xmalloc(sizeof *error);
    va_list args;

    error->status = status;
    error->type = xstrdup(type);
    va_start(args, format);
    error->message = xvasprintf(format, args);
    va_end(args);
    return error;
}

/* Returns Neutron's error for bad input that no class of its own is for. */
struct api_error *
api_error_invalid_input(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *msg = xvasprintf(format, args);
    va_end(args);

    struct api_error *error = api_error_create(
        400, "InvalidInput", "Invalid input for operation: %s.", msg);
    free(msg);
    return error;
}

/* Returns Neutron's error for a request that cannot be done, to do with
 * 'resource'. */
struct api_error *
api_error_bad_request(const char *resource, const char *format, ...)
{
    struct api_error *error;
    va_list args;
    char *msg;

    va_start(args, format);
    msg = xvasprintf(format, args);
    va_end(args);
    error = api_error_create(400, "BadRequest", "Bad %s request: %s.",
                             resource, msg);
    free(msg);
    return error;
}

/* Frees 'error', which may be NULL. */
void
api_error_destroy(struct api_error *error)
{
    if (error) {
        free(error->type);
        free(error->message);
        free(error);
    }
}
