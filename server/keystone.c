/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

/* Tokens of callers, as the identity service (Keystone) knows them.
 *
 * In: the tokens of requests.  Out: whose they are.
 *
 * Each token is validated once (GET /v3/auth/tokens) and the answer kept for
 * token_cache_time, but never beyond the token's own end nor for more than
 * KEYSTONE_MAX_CACHE, so that a token that is revoked is refused within a
 * minute.  Without an answer nobody gets in: the verdict is KEYSTONE_AWAY and
 * is kept for a second, which spares an identity service in trouble.
 *
 * Owns: the cache, by SHA-256 of the token (a core dump shows no tokens), in
 * the order of last use, with at most KEYSTONE_MAX_TOKENS; a session of the
 * server's own user.
 *
 * Invariants: at most one validation of a token is in progress. */

#include <config.h>
#include "server/keystone.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/l3ha-config.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/hmap.h"
#include "openvswitch/json.h"
#include "openvswitch/list.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "server/http-client.h"
#include "server/keystone-session.h"
#include "server/policy.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(keystone);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 10);

#define SECTION "keystone_authtoken"

/* Milliseconds. */
#define KEYSTONE_MAX_CACHE (50 * 1000)
#define KEYSTONE_AWAY_TIME 1000

#define KEYSTONE_MAX_TOKENS 10000

struct token_hash {
    uint8_t bytes[32];
};

struct token {
    struct hmap_node node;      /* In keystone's 'tokens'. */
    struct ovs_list lru_node;   /* In keystone's 'lru'. */
    struct keystone *keystone;
    struct token_hash hash;

    enum keystone_verdict verdict;
    char *project_id;           /* If KEYSTONE_VALID. */
    char *roles;                /* Names with commas between them. */
    long long int good_until;   /* time_msec(), of the verdict. */
    long long int expires;      /* time_wall_msec(), of the token. */

    /* While pending. */
    char *text;                 /* The token itself. */
    struct http_transfer *transfer; /* NULL: the session is not ready. */
    bool second_try;            /* The server's own token was too old. */
};

struct keystone {
    struct http_client *client;
    struct keystone_session *session;
    const char *public_url;
    long long int cache_time;   /* Milliseconds. */
    struct hmap tokens;
    struct ovs_list lru;        /* The last used first. */
    size_t n_pending;           /* Tokens that wait for the session. */
    uint64_t n_validated, n_hits;
};

/* Returns the user of the identity service that 'config' describes, or NULL
 * and a message that the caller must free. */
struct keystone *
keystone_create(struct http_client *client, const struct l3ha_config *config,
                char **errorp)
{
    static const char *const needed[] = {
        "auth_url", "username", "password", "project_name",
    };
    struct keystone *keystone;
    const char *uri;

    for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
        if (!l3ha_config_get_str(config, SECTION, needed[i])[0]) {
            *errorp = xasprintf("["SECTION"] %s: needed, because [DEFAULT] "
                                "auth_strategy is keystone", needed[i]);
            return NULL;
        }
    }
    keystone = xzalloc(sizeof *keystone);
    keystone->client = client;
    keystone->session = keystone_session_create(client, config, SECTION);
    uri = l3ha_config_get_str(config, SECTION, "www_authenticate_uri");
    keystone->public_url = (uri[0] ? uri
                            : keystone_session_get_url(keystone->session));
    keystone->cache_time = MIN(l3ha_config_get_int(config, SECTION,
                                                   "token_cache_time")
                               * 1000, KEYSTONE_MAX_CACHE);
    hmap_init(&keystone->tokens);
    ovs_list_init(&keystone->lru);
    return keystone;
}

static void
token_destroy(struct token *token)
{
    struct keystone *keystone = token->keystone;

    if (token->verdict == KEYSTONE_PENDING && !token->transfer) {
        keystone->n_pending--;
    }
    hmap_remove(&keystone->tokens, &token->node);
    ovs_list_remove(&token->lru_node);
    http_transfer_cancel(token->transfer);
    free(token->project_id);
    free(token->roles);
    free(token->text);
    free(token);
}

/* Frees 'keystone', which may be NULL. */
void
keystone_destroy(struct keystone *keystone)
{
    if (keystone) {
        struct token *token, *next;

        LIST_FOR_EACH_SAFE (token, next, lru_node, &keystone->lru) {
            token_destroy(token);
        }
        hmap_destroy(&keystone->tokens);
        keystone_session_destroy(keystone->session);
        free(keystone);
    }
}

static struct token_hash
hash_token(const char *text)
{
    struct token_hash hash;

    if (!EVP_Digest(text, strlen(text), hash.bytes, NULL, EVP_sha256(),
                    NULL)) {
        ovs_abort(0, "SHA-256 is not available");
    }
    return hash;
}

static uint32_t
token_hmap_hash(const struct token_hash *hash)
{
    return hash_bytes(hash->bytes, sizeof hash->bytes, 0);
}

static struct token *
find_token(const struct keystone *keystone, const struct token_hash *hash)
{
    struct token *token;

    HMAP_FOR_EACH_WITH_HASH (token, node, token_hmap_hash(hash),
                             &keystone->tokens) {
        if (!memcmp(&token->hash, hash, sizeof *hash)) {
            return token;
        }
    }
    return NULL;
}

/* Ends the validation of 'token'. */
static void
decide(struct token *token, enum keystone_verdict verdict)
{
    token->verdict = verdict;
    token->good_until = time_msec() + (verdict == KEYSTONE_AWAY
                                       ? KEYSTONE_AWAY_TIME
                                       : token->keystone->cache_time);
    free(token->text);
    token->text = NULL;
}

static const struct json *
member(const struct json *object, const char *name, enum json_type type)
{
    const struct json *value = (object && object->type == JSON_OBJECT
                                ? shash_find_data(json_object(object), name)
                                : NULL);

    return value && value->type == type ? value : NULL;
}

/* Takes what is needed from the body of a successful validation.  False if it
 * is not understood. */
static bool
take_answer(struct token *token, const char *body)
{
    struct json *json = json_from_string(body);
    const struct json *top = member(json, "token", JSON_OBJECT);
    const struct json *project = member(member(top, "project", JSON_OBJECT),
                                        "id", JSON_STRING);
    const struct json *roles = member(top, "roles", JSON_ARRAY);
    const struct json *expires = member(top, "expires_at", JSON_STRING);
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; roles && i < json_array(roles)->n; i++) {
        const struct json *name = member(json_array(roles)->elems[i], "name",
                                         JSON_STRING);

        if (name && !strchr(json_string(name), ',')) {
            ds_put_format(&s, "%s%s", s.length ? "," : "",
                          json_string(name));
        }
    }
    token->expires = (expires ? keystone_parse_time(json_string(expires))
                      : 0);
    token->project_id = xstrdup(project ? json_string(project) : "");
    token->roles = ds_steal_cstr(&s);
    json_destroy(json);
    return token->expires != 0;
}

static void
validated(const struct http_client_answer *answer, void *token_)
{
    struct token *token = token_;
    struct keystone *keystone = token->keystone;

    token->transfer = NULL;
    keystone->n_validated++;
    switch (answer->status) {
    case 200:
        decide(token, (take_answer(token, answer->body)
                       ? KEYSTONE_VALID : KEYSTONE_INVALID));
        break;

    case 404:
        decide(token, KEYSTONE_INVALID);
        break;

    case 401:
        /* It is the server's own token that is not accepted. */
        if (!token->second_try) {
            token->second_try = true;
            keystone_session_drop_token(keystone->session);
            keystone->n_pending++;
            break;
        }
        /* fall through */

    default:
        VLOG_WARN_RL(&rl, "%s: cannot validate tokens (%s%.0d)",
                     keystone_session_get_url(keystone->session),
                     answer->status ? "status " : answer->error,
                     answer->status);
        decide(token, KEYSTONE_AWAY);
        break;
    }
}

static void
start_validation(struct token *token)
{
    struct keystone *keystone = token->keystone;
    char *own = xasprintf("X-Auth-Token: %s",
                          keystone_session_get_token(keystone->session));
    char *subject = xasprintf("X-Subject-Token: %s", token->text);
    char *url = xasprintf("%s/auth/tokens",
                          keystone_session_get_url(keystone->session));
    const struct http_client_request req = {
        .method = "GET",
        .url = url,
        .headers = { own, subject },
    };

    keystone->n_pending--;
    token->transfer = http_client_start(
        keystone->client, keystone_session_get_options(keystone->session),
        &req, validated, token);
    free(url);
    free(subject);
    free(own);
}

/* Returns what is known of the token 'text'.  If it is KEYSTONE_VALID,
 * initializes 'caller' with the user that it belongs to. */
enum keystone_verdict
keystone_check(struct keystone *keystone, const char *text,
               struct api_caller *caller)
{
    struct token_hash hash = hash_token(text);
    struct token *token = find_token(keystone, &hash);

    if (token && token->verdict != KEYSTONE_PENDING
        && time_msec() >= token->good_until) {
        token_destroy(token);
        token = NULL;
    }
    if (!token) {
        if (hmap_count(&keystone->tokens) >= KEYSTONE_MAX_TOKENS) {
            token_destroy(CONTAINER_OF(ovs_list_back(&keystone->lru),
                                       struct token, lru_node));
        }
        token = xzalloc(sizeof *token);
        token->keystone = keystone;
        token->hash = hash;
        token->text = xstrdup(text);
        hmap_insert(&keystone->tokens, &token->node, token_hmap_hash(&hash));
        ovs_list_push_front(&keystone->lru, &token->lru_node);
        keystone->n_pending++;
        keystone_run(keystone);
    } else {
        ovs_list_remove(&token->lru_node);
        ovs_list_push_front(&keystone->lru, &token->lru_node);
        keystone->n_hits += token->verdict == KEYSTONE_VALID;
    }

    if (token->verdict == KEYSTONE_VALID) {
        if (time_wall_msec() >= token->expires) {
            return KEYSTONE_INVALID;
        }
        api_caller_init(caller, token->project_id, token->roles);
    }
    return token->verdict;
}

/* Starts the validations that wait for the server's own token. */
void
keystone_run(struct keystone *keystone)
{
    enum keystone_session_state state;
    struct token *token;

    if (!keystone->n_pending) {
        return;
    }
    state = keystone_session_run(keystone->session);
    if (state == KEYSTONE_SESSION_PENDING) {
        return;
    }
    LIST_FOR_EACH (token, lru_node, &keystone->lru) {
        if (token->verdict == KEYSTONE_PENDING && !token->transfer) {
            if (state == KEYSTONE_SESSION_READY) {
                start_validation(token);
            } else {
                keystone->n_pending--;
                decide(token, KEYSTONE_AWAY);
            }
        }
    }
}

/* "http://HOST:5000/v3". */
const char *
keystone_get_public_url(const struct keystone *keystone)
{
    return keystone->public_url;
}

/* Appends counters, for "api/show". */
void
keystone_show(const struct keystone *keystone, struct ds *s)
{
    ds_put_format(s, "identity service: %s\n",
                  keystone_session_get_url(keystone->session));
    ds_put_format(s, "tokens: %"PRIuSIZE" known, %"PRIu64" validated, "
                  "%"PRIu64" times from the cache\n",
                  hmap_count(&keystone->tokens), keystone->n_validated,
                  keystone->n_hits);
}
