/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* A user of the identity service (Keystone) that this server acts as.
 *
 * In: the options of one section, with the names of keystoneauth's "password"
 * plugin.  Out: a token of that user that is valid for a while, and the
 * catalog of services that came with it.
 *
 * A token is fetched when somebody asks for one (keystone_session_run()) and
 * there is none or it is about to expire.  After a failure the next attempt
 * waits KEYSTONE_RETRY, so that an identity service that comes back is not
 * run over. */

#include <config.h>
#include "server/keystone-session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/l3ha-config.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "server/http-client.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(keystone_session);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 10);

/* Milliseconds from a failure to the next attempt. */
#define KEYSTONE_RETRY 1000

/* A token that expires within this many milliseconds is replaced. */
#define KEYSTONE_MARGIN (10 * 1000)

/* Seconds. */
#define KEYSTONE_TIMEOUT 15

struct keystone_session {
    struct http_client *client;
    const struct l3ha_config *config;
    const char *section;
    struct http_client_options options;
    char *url;                  /* With "/v3" at its end. */

    struct http_transfer *transfer; /* In progress, or NULL. */
    char *token;                /* NULL: none. */
    long long int expires;      /* time_wall_msec(). */
    struct json *catalog;       /* Array, or NULL. */
    long long int retry_at;     /* time_msec(). */
    bool said;                  /* That it fails. */
};

static const char *
get_option(const struct keystone_session *session, const char *name)
{
    return l3ha_config_get_str(session->config, session->section, name);
}

/* Returns a new session with the options of 'section'. */
struct keystone_session *
keystone_session_create(struct http_client *client,
                        const struct l3ha_config *config,
                        const char *section)
{
    struct keystone_session *session = xzalloc(sizeof *session);
    const char *url = l3ha_config_get_str(config, section, "auth_url");
    size_t len = strlen(url);

    session->client = client;
    session->config = config;
    session->section = section;
    session->options = (struct http_client_options) {
        .cafile = get_option(session, "cafile"),
        .certfile = get_option(session, "certfile"),
        .keyfile = get_option(session, "keyfile"),
        .insecure = l3ha_config_get_bool(config, section, "insecure"),
        .connect_timeout = KEYSTONE_TIMEOUT,
        .timeout = KEYSTONE_TIMEOUT,
    };
    while (len && url[len - 1] == '/') {
        len--;
    }
    session->url = xasprintf("%.*s%s", (int) len, url,
                             (len > 3 && !strncmp(url + len - 3, "/v3", 3)
                              ? "" : "/v3"));
    return session;
}

/* Frees 'session', which may be NULL. */
void
keystone_session_destroy(struct keystone_session *session)
{
    if (session) {
        http_transfer_cancel(session->transfer);
        free(session->url);
        free(session->token);
        json_destroy(session->catalog);
        free(session);
    }
}

long long int
keystone_parse_time(const char *s)
{
    struct tm tm;

    memset(&tm, 0, sizeof tm);
    return (s && strptime(s, "%Y-%m-%dT%H:%M:%S", &tm)
            ? timegm(&tm) * 1000LL : 0);
}

/* {"name": NAME} or {"id": ID}, whichever option is set; id "default" if
 * none is. */
static struct json *
domain_to_json(const struct keystone_session *session, const char *prefix)
{
    char *name_option = xasprintf("%s_domain_name", prefix);
    char *id_option = xasprintf("%s_domain_id", prefix);
    const char *name = get_option(session, name_option);
    const char *id = get_option(session, id_option);
    struct json *domain = json_object_create();

    if (name[0]) {
        json_object_put_string(domain, "name", name);
    } else {
        json_object_put_string(domain, "id", id[0] ? id : "default");
    }
    free(name_option);
    free(id_option);
    return domain;
}

static char *
make_request_body(const struct keystone_session *session)
{
    struct json *user = json_object_create();
    struct json *password = json_object_create();
    struct json *identity = json_object_create();
    struct json *project = json_object_create();
    struct json *scope = json_object_create();
    struct json *auth = json_object_create();
    struct json *top = json_object_create();
    char *body;

    json_object_put_string(user, "name", get_option(session, "username"));
    json_object_put_string(user, "password",
                           get_option(session, "password"));
    json_object_put(user, "domain", domain_to_json(session, "user"));
    json_object_put(password, "user", user);
    json_object_put(identity, "methods",
                    json_array_create_1(json_string_create("password")));
    json_object_put(identity, "password", password);
    json_object_put_string(project, "name",
                           get_option(session, "project_name"));
    json_object_put(project, "domain", domain_to_json(session, "project"));
    json_object_put(scope, "project", project);
    json_object_put(auth, "identity", identity);
    json_object_put(auth, "scope", scope);
    json_object_put(top, "auth", auth);
    body = json_to_string(top, 0);
    json_destroy(top);
    return body;
}

/* Stores what is in 'answer'.  Returns false if that is no token. */
static bool
take_token(struct keystone_session *session,
           const struct http_client_answer *answer)
{
    struct json *json = json_from_string(answer->body);
    const struct json *token, *catalog = NULL, *expires = NULL;
    bool ok = false;

    token = (json->type == JSON_OBJECT
             ? shash_find_data(json_object(json), "token") : NULL);
    if (token && token->type == JSON_OBJECT) {
        catalog = shash_find_data(json_object(token), "catalog");
        expires = shash_find_data(json_object(token), "expires_at");
    }
    if (expires && expires->type == JSON_STRING && answer->subject_token
        && answer->status == 201) {
        free(session->token);
        session->token = xstrdup(answer->subject_token);
        session->expires = keystone_parse_time(json_string(expires));
        json_destroy(session->catalog);
        session->catalog = (catalog && catalog->type == JSON_ARRAY
                            ? json_clone(catalog) : NULL);
        ok = true;
    }
    json_destroy(json);
    return ok;
}

static void
token_done(const struct http_client_answer *answer, void *session_)
{
    struct keystone_session *session = session_;

    session->transfer = NULL;
    if (answer->status && take_token(session, answer)) {
        VLOG_INFO("[%s]: authenticated at %s", session->section,
                  session->url);
        session->said = false;
        session->retry_at = 0;
        return;
    }
    session->retry_at = time_msec() + KEYSTONE_RETRY;
    if (!session->said) {
        session->said = true;
        if (answer->status) {
            VLOG_WARN("[%s]: %s refuses user %s (status %d)",
                      session->section, session->url,
                      get_option(session, "username"), answer->status);
        } else {
            VLOG_WARN("[%s]: %s: no answer (%s)", session->section,
                      session->url, answer->error);
        }
    }
}

/* Asks for a token.  The state is worth asking for again after every
 * http_client_run(). */
enum keystone_session_state
keystone_session_run(struct keystone_session *session)
{
    struct http_client_request req = { .method = "POST" };
    char *url;
    char *body;

    if (session->token
        && time_wall_msec() < session->expires - KEYSTONE_MARGIN) {
        return KEYSTONE_SESSION_READY;
    }
    if (session->transfer) {
        return KEYSTONE_SESSION_PENDING;
    }
    if (time_msec() < session->retry_at) {
        return KEYSTONE_SESSION_FAILED;
    }
    body = make_request_body(session);
    url = xasprintf("%s/auth/tokens", session->url);
    req.url = url;
    req.body = body;
    session->transfer = http_client_start(session->client, &session->options,
                                          &req, token_done, session);
    free(url);
    free(body);
    return KEYSTONE_SESSION_PENDING;
}

/* Wakes up when a failed session may be asked again. */
void
keystone_session_wait(struct keystone_session *session)
{
    if (!session->token && !session->transfer && session->retry_at) {
        poll_timer_wait_until(session->retry_at);
    }
}

/* The token, NULL unless the session is ready. */
const char *
keystone_session_get_token(const struct keystone_session *session)
{
    return session->token;
}

/* A service did not accept the token. */
void
keystone_session_drop_token(struct keystone_session *session)
{
    free(session->token);
    session->token = NULL;
    VLOG_DBG_RL(&rl, "[%s]: the token is no longer accepted",
                session->section);
}

static const char *
get_string(const struct json *object, const char *name)
{
    const struct json *value = (object->type == JSON_OBJECT
                                ? shash_find_data(json_object(object), name)
                                : NULL);

    return value && value->type == JSON_STRING ? json_string(value) : "";
}

/* Returns the URL of the service of 'service_type' in the catalog, which the
 * caller must free, or NULL if it has none.  'region' "" stands for any. */
char *
keystone_session_get_endpoint(const struct keystone_session *session,
                              const char *service_type,
                              const char *interface, const char *region)
{
    const struct json *catalog = session->catalog;

    for (size_t i = 0; catalog && i < json_array(catalog)->n; i++) {
        const struct json *service = json_array(catalog)->elems[i];
        const struct json *endpoints;

        if (strcmp(get_string(service, "type"), service_type)) {
            continue;
        }
        endpoints = shash_find_data(json_object(service), "endpoints");
        for (size_t j = 0; endpoints && endpoints->type == JSON_ARRAY
             && j < json_array(endpoints)->n; j++) {
            const struct json *endpoint = json_array(endpoints)->elems[j];

            if (!strcmp(get_string(endpoint, "interface"), interface)
                && (!region[0]
                    || !strcmp(get_string(endpoint, "region"), region))) {
                return xstrdup(get_string(endpoint, "url"));
            }
        }
    }
    return NULL;
}

/* "http://HOST:5000/v3". */
const char *
keystone_session_get_url(const struct keystone_session *session)
{
    return session->url;
}

const struct http_client_options *
keystone_session_get_options(const struct keystone_session *session)
{
    return &session->options;
}
