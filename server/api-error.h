/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef API_ERROR_H
#define API_ERROR_H 1

#include "openvswitch/compiler.h"

/* An error of the REST API, as Neutron forms it:
 *
 *     {"NeutronError": {"type": TYPE, "message": MESSAGE, "detail": ""}}
 *
 * Functions that can fail return NULL on success, otherwise one of these,
 * which the caller owns. */
struct api_error {
    int status;                 /* HTTP status code. */
    char *type;                 /* Name of Neutron's exception class. */
    char *message;              /* For people. */
};

struct api_error *api_error_create(int status, const char *type,
                                   const char *format, ...)
    OVS_PRINTF_FORMAT(3, 4) OVS_WARN_UNUSED_RESULT;
/* InvalidInput (400): "Invalid input for operation: <text>." */
struct api_error *api_error_invalid_input(const char *format, ...)
    OVS_PRINTF_FORMAT(1, 2) OVS_WARN_UNUSED_RESULT;
/* BadRequest (400): "Bad <resource> request: <text>." */
struct api_error *api_error_bad_request(const char *resource,
                                        const char *format, ...)
    OVS_PRINTF_FORMAT(2, 3) OVS_WARN_UNUSED_RESULT;
void api_error_destroy(struct api_error *);

#endif /* server/api-error.h */
