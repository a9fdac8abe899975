/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Tells the compute service (Nova) what becomes of its ports.
 *
 * In: changes of ports in the replica.  Out: events posted to Nova's
 * os-server-external-events: network-vif-plugged when a port becomes active
 * (an instance is not started before), network-vif-unplugged when it no
 * longer is, network-vif-deleted when it is gone.  Ports of others than
 * instances (device_owner "compute:*") are none of Nova's business.
 *
 * Every server collects events, but only the one that has the duties
 * (duties.h) posts them; the others forget theirs after NOVA_MEMORY.  So
 * whoever takes the duties over posts what the one before may not have.  An
 * event that Nova gets twice does no harm.
 *
 * Owns: the events that are to be posted, at most one of each port, and the
 * post in progress.  Events that come while one is in progress, or sooner
 * than send_events_interval after it, go into the next.  One that fails is
 * tried again, less and less often, until its events are older than
 * NOVA_MAX_AGE. */

#include <config.h>
#include "server/nova.h"

#include <stdlib.h>
#include <string.h>

#include "lib/l3ha-config.h"
#include "lib/l3ha-idl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/hmap.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "server/backend.h"
#include "server/http-client.h"
#include "server/keystone-session.h"
#include "server/port-binding.h"
#include "timeval.h"
#include "util.h"
#include "uuid.h"

VLOG_DEFINE_THIS_MODULE(nova);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 10);

/* Milliseconds. */
#define NOVA_MEMORY (30 * 1000)
#define NOVA_MAX_AGE (300 * 1000)
#define NOVA_MIN_BACKOFF 1000
#define NOVA_MAX_BACKOFF (30 * 1000)

/* Events in one post. */
#define NOVA_MAX_BATCH 500

/* Seconds. */
#define NOVA_TIMEOUT 30

/* What is known of a port of an instance. */
struct nova_port {
    struct hmap_node node;      /* In nova's 'ports', by 'id'. */
    struct uuid id;
    struct uuid instance;
    bool is_active;

    const char *event;          /* To be posted, or NULL. */
    bool is_posted;             /* 'event' is in the post in progress. */
    bool is_gone;               /* Forgotten when there is no event. */
    long long int noted_at;     /* time_msec(), of the event. */
};

struct nova {
    struct http_client *client;
    struct keystone_session *session; /* NULL: no token needed. */
    struct http_client_options options;
    const struct l3ha_config *config;
    bool is_enabled;

    struct hmap ports;          /* Of "struct nova_port"s. */
    bool is_primed;             /* 'ports' shows the whole replica. */
    size_t n_events;            /* Ports with an event. */

    struct http_transfer *transfer; /* In progress, or NULL. */
    long long int next_post;    /* time_msec(). */
    long long int backoff;      /* Milliseconds, 0 after a success. */
    uint64_t n_posted, n_dropped;
};

/* Returns a notifier with the options of section [nova], or NULL and a
 * message that the caller must free. */
struct nova *
nova_create(struct http_client *client, const struct l3ha_config *config,
            char **errorp)
{
    bool has_auth = l3ha_config_get_str(config, "nova", "auth_url")[0];
    bool has_url = l3ha_config_get_str(config, "nova",
                                       "endpoint_override")[0];
    struct nova *nova;

    if (has_auth && !l3ha_config_get_str(config, "nova", "username")[0]) {
        *errorp = xstrdup("[nova] username: needed, because auth_url is set");
        return NULL;
    }
    nova = xzalloc(sizeof *nova);
    nova->client = client;
    nova->config = config;
    nova->is_enabled = ((has_auth || has_url)
                        && l3ha_config_get_bool(
                            config, "DEFAULT",
                            "notify_nova_on_port_status_changes"));
    nova->session = (has_auth
                     ? keystone_session_create(client, config, "nova")
                     : NULL);
    nova->options = (struct http_client_options) {
        .cafile = l3ha_config_get_str(config, "nova", "cafile"),
        .certfile = l3ha_config_get_str(config, "nova", "certfile"),
        .keyfile = l3ha_config_get_str(config, "nova", "keyfile"),
        .insecure = l3ha_config_get_bool(config, "nova", "insecure"),
        .connect_timeout = NOVA_TIMEOUT,
        .timeout = NOVA_TIMEOUT,
    };
    hmap_init(&nova->ports);
    return nova;
}

/* Frees 'nova', which may be NULL. */
void
nova_destroy(struct nova *nova)
{
    if (nova) {
        struct nova_port *port;

        http_transfer_cancel(nova->transfer);
        keystone_session_destroy(nova->session);
        HMAP_FOR_EACH_POP (port, node, &nova->ports) {
            free(port);
        }
        hmap_destroy(&nova->ports);
        free(nova);
    }
}

/* Ports and events. */

static struct nova_port *
find_port(const struct nova *nova, const struct uuid *id)
{
    struct nova_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, node, uuid_hash(id), &nova->ports) {
        if (uuid_equals(&port->id, id)) {
            return port;
        }
    }
    return NULL;
}

/* 'event' replaces an older one of the port, unless that was the last word. */
static void
note_event(struct nova *nova, struct nova_port *port, const char *event)
{
    nova->n_events += !port->event;
    port->event = event;
    port->is_posted = false;
    port->noted_at = time_msec();
}

/* Forgets the event of 'port', and 'port' itself if it is gone. */
static void
clear_event(struct nova *nova, struct nova_port *port)
{
    nova->n_events--;
    port->event = NULL;
    port->is_posted = false;
    if (port->is_gone) {
        hmap_remove(&nova->ports, &port->node);
        free(port);
    }
}

static void
port_gone(struct nova *nova, struct nova_port *port)
{
    port->is_gone = true;
    note_event(nova, port, "network-vif-deleted");
}

static void
follow_port(struct nova *nova, const struct backend *b,
            const struct l3harec_port *row)
{
    struct nova_port *port = find_port(nova, &row->header_.uuid);
    struct uuid instance;
    bool is_active;

    if (strncmp(row->device_owner, "compute:", 8)
        || !uuid_from_string(&instance, row->device_id)) {
        /* Taken from its instance: that is told by Nova itself. */
        if (port && !port->is_gone) {
            port->is_gone = true;
            if (!port->event) {
                hmap_remove(&nova->ports, &port->node);
                free(port);
            }
        }
        return;
    }
    is_active = !strcmp(port_binding_get_status(b, row), "ACTIVE");
    if (!port) {
        port = xzalloc(sizeof *port);
        port->id = row->header_.uuid;
        hmap_insert(&nova->ports, &port->node, uuid_hash(&port->id));
        /* A status that was there before is no change. */
        port->is_active = !nova->is_primed && is_active;
    }
    port->is_gone = false;
    port->instance = instance;
    if (port->is_active != is_active) {
        port->is_active = is_active;
        note_event(nova, port, (is_active ? "network-vif-plugged"
                                : "network-vif-unplugged"));
    }
}

static void
follow_replica(struct nova *nova, const struct backend *b)
{
    const struct l3harec_port *row;

    if (!nova->is_primed) {
        L3HAREC_PORT_FOR_EACH (row, b->idl) {
            follow_port(nova, b, row);
        }
        nova->is_primed = true;
        return;
    }
    L3HAREC_PORT_FOR_EACH_TRACKED (row, b->idl) {
        if (l3harec_port_is_deleted(row)) {
            struct nova_port *port = find_port(nova, &row->header_.uuid);

            if (port && !port->is_gone) {
                port_gone(nova, port);
            }
        } else {
            follow_port(nova, b, row);
        }
    }
}

/* Posts. */

static void
forget_old_events(struct nova *nova, long long int max_age)
{
    struct nova_port *port, *next;

    HMAP_FOR_EACH_SAFE (port, next, node, &nova->ports) {
        if (port->event && !port->is_posted
            && time_msec() - port->noted_at > max_age) {
            if (max_age == NOVA_MAX_AGE) {
                VLOG_WARN_RL(&rl, "port "UUID_FMT": %s was not accepted and "
                             "is dropped", UUID_ARGS(&port->id),
                             port->event);
                nova->n_dropped++;
            }
            clear_event(nova, port);
        }
    }
}

/* The post in progress is over: its events are done, or are to be posted
 * again.  An event that was noted meanwhile was not in it. */
static void
finish_post(struct nova *nova, bool done)
{
    struct nova_port *port, *next;

    HMAP_FOR_EACH_SAFE (port, next, node, &nova->ports) {
        if (port->is_posted) {
            if (done) {
                nova->n_posted++;
                clear_event(nova, port);
            } else {
                port->is_posted = false;
            }
        }
    }
}

static void
posted(const struct http_client_answer *answer, void *nova_)
{
    struct nova *nova = nova_;
    int status = answer->status;

    nova->transfer = NULL;
    if (status == 200 || status == 207 || status == 404 || status == 400
        || status == 422) {
        /* 207 and 404: Nova does not know some of the instances (any more).
         * There is nothing that a repetition could change. */
        if (status == 400 || status == 422) {
            VLOG_WARN_RL(&rl, "Nova refuses events (status %d): %s", status,
                         answer->body);
        }
        finish_post(nova, true);
        nova->backoff = 0;
        nova->next_post = time_msec() + 1000 * l3ha_config_get_int(
            nova->config, "DEFAULT", "send_events_interval");
        return;
    }
    if (status == 401 && nova->session) {
        keystone_session_drop_token(nova->session);
    }
    if (!nova->backoff) {
        VLOG_WARN("cannot post events to Nova (%s%.0d), trying again",
                  status ? "status " : answer->error, status);
    }
    finish_post(nova, false);
    nova->backoff = (nova->backoff
                     ? MIN(nova->backoff * 2, NOVA_MAX_BACKOFF)
                     : NOVA_MIN_BACKOFF);
    nova->next_post = time_msec() + nova->backoff;
}

/* Returns a body with the events that are due and marks them. */
static char *
make_body(struct nova *nova)
{
    struct json *events = json_array_create_empty();
    struct json *top = json_object_create();
    struct nova_port *port;
    char *body;

    HMAP_FOR_EACH (port, node, &nova->ports) {
        struct json *event;

        if (!port->event) {
            continue;
        }
        event = json_object_create();
        json_object_put_string(event, "name", port->event);
        json_object_put_string(event, "status", "completed");
        json_object_put_format(event, "server_uuid", UUID_FMT,
                               UUID_ARGS(&port->instance));
        json_object_put_format(event, "tag", UUID_FMT, UUID_ARGS(&port->id));
        json_array_add(events, event);
        port->is_posted = true;
        if (json_array(events)->n >= NOVA_MAX_BATCH) {
            break;
        }
    }
    json_object_put(top, "events", events);
    body = json_to_string(top, 0);
    json_destroy(top);
    return body;
}

/* Returns the URL of Nova's API, which the caller must free, or NULL if the
 * catalog has none. */
static char *
get_endpoint(const struct nova *nova)
{
    const char *url = l3ha_config_get_str(nova->config, "nova",
                                          "endpoint_override");

    return (url[0] ? xstrdup(url)
            : keystone_session_get_endpoint(
                nova->session, "compute",
                l3ha_config_get_str(nova->config, "nova", "endpoint_type"),
                l3ha_config_get_str(nova->config, "nova", "region_name")));
}

static void
start_post(struct nova *nova)
{
    struct http_client_request req = { .method = "POST" };
    char *endpoint, *url, *body, *token = NULL;
    size_t len;

    endpoint = get_endpoint(nova);
    if (!endpoint) {
        VLOG_WARN_RL(&rl, "[nova]: the catalog has no service \"compute\"; "
                     "endpoint_override can name it");
        nova->next_post = time_msec() + NOVA_MAX_BACKOFF;
        return;
    }
    len = strlen(endpoint);
    url = xasprintf("%s%sos-server-external-events", endpoint,
                    len && endpoint[len - 1] == '/' ? "" : "/");
    body = make_body(nova);
    req.url = url;
    req.body = body;
    if (nova->session) {
        token = xasprintf("X-Auth-Token: %s",
                          keystone_session_get_token(nova->session));
        req.headers[0] = token;
    }
    nova->transfer = http_client_start(nova->client, &nova->options, &req,
                                       posted, nova);
    free(token);
    free(body);
    free(url);
    free(endpoint);
}

void
nova_run(struct nova *nova, const struct backend *b, bool may_post)
{
    if (!nova->is_enabled) {
        return;
    }
    follow_replica(nova, b);
    if (!nova->n_events) {
        return;
    }
    if (!may_post) {
        forget_old_events(nova, NOVA_MEMORY);
        return;
    }
    if (nova->transfer || time_msec() < nova->next_post) {
        return;
    }
    forget_old_events(nova, NOVA_MAX_AGE);
    if (!nova->n_events) {
        return;
    }
    if (nova->session) {
        switch (keystone_session_run(nova->session)) {
        case KEYSTONE_SESSION_PENDING:
            return;
        case KEYSTONE_SESSION_FAILED:
            nova->next_post = time_msec() + NOVA_MIN_BACKOFF;
            return;
        case KEYSTONE_SESSION_READY:
        default:
            break;
        }
    }
    start_post(nova);
}

void
nova_wait(struct nova *nova)
{
    if (nova->n_events && !nova->transfer
        && nova->next_post > time_msec()) {
        poll_timer_wait_until(nova->next_post);
    }
}

/* Appends counters, for "api/show". */
void
nova_show(const struct nova *nova, struct ds *s)
{
    if (nova->is_enabled) {
        ds_put_format(s, "events for Nova: %"PRIuSIZE" to post, %"PRIu64
                      " posted, %"PRIu64" dropped\n", nova->n_events,
                      nova->n_posted, nova->n_dropped);
    }
}
