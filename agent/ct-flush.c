/* Copyright (c) 2026 The ovs-l3ha authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "agent/ct-flush.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/nat.h"
#include "agent/netns.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

/* Ends the connections of addresses that are translated no more: as long as
 * the kernel knows a connection it goes on translating it.
 *
 * A connection belongs to a floating IP if it was opened to it or is seen
 * with it.  The kernel's table is read once for all addresses, and what
 * matches is deleted when it has been read.
 *
 * Owns nothing beyond a call.  Limits: IPv4.  Takes time proportional to the
 * number of connections of the router: some 20 ms for 10,000. */

/* Size of the kernel's answers. */
#define BUFFER_SIZE 32768

struct flush {
    struct nat_cut *cuts;       /* Sorted. */
    size_t n;
    struct ofpbuf tuples;       /* Attributes that name what is to go, each
                                 * with its length in front. */
};

static int
compare_cuts(const void *a_, const void *b_)
{
    const struct nat_cut *a = a_;
    const struct nat_cut *b = b_;

    return (a->addr != b->addr ? (a->addr < b->addr ? -1 : 1)
            : a->protocol != b->protocol ? a->protocol - b->protocol
            : a->port - b->port);
}

static bool
is_cut(const struct flush *flush, ovs_be32 addr, uint8_t protocol,
       uint16_t port)
{
    struct nat_cut key = { .addr = addr, .protocol = protocol, .port = port };

    return bsearch(&key, flush->cuts, flush->n, sizeof key,
                   compare_cuts) != NULL;
}

/* One end of a connection. */
struct endpoint {
    ovs_be32 addr;
    uint8_t protocol;
    uint16_t port;
};

/* Reads the destination of 'tuple', as far as it is IPv4. */
static void
parse_dst(const struct nlattr *tuple, struct endpoint *dst)
{
    const struct nlattr *a, *b;

    memset(dst, 0, sizeof *dst);
    mnl_attr_for_each_nested(a, tuple) {
        switch (mnl_attr_get_type(a)) {
        case CTA_TUPLE_IP:
            mnl_attr_for_each_nested(b, a) {
                if (mnl_attr_get_type(b) == CTA_IP_V4_DST) {
                    dst->addr = mnl_attr_get_u32(b);
                }
            }
            break;

        case CTA_TUPLE_PROTO:
            mnl_attr_for_each_nested(b, a) {
                if (mnl_attr_get_type(b) == CTA_PROTO_NUM) {
                    dst->protocol = mnl_attr_get_u8(b);
                } else if (mnl_attr_get_type(b) == CTA_PROTO_DST_PORT) {
                    dst->port = ntohs(mnl_attr_get_u16(b));
                }
            }
            break;
        }
    }
}

/* Looks at one connection. */
static int
entry_cb(const struct nlmsghdr *nlh, void *flush_)
{
    struct flush *flush = flush_;
    const struct nlattr *orig = NULL, *id = NULL, *attr;
    struct endpoint to = { .addr = 0 }, from = { .addr = 0 };

    mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg)) {
        switch (mnl_attr_get_type(attr)) {
        case CTA_TUPLE_ORIG:
            orig = attr;
            parse_dst(attr, &to);
            break;

        case CTA_TUPLE_REPLY:
            parse_dst(attr, &from);
            break;

        case CTA_ID:
            id = attr;
            break;
        }
    }
    if (orig && id
        && (is_cut(flush, to.addr, 0, 0) || is_cut(flush, from.addr, 0, 0)
            || is_cut(flush, to.addr, to.protocol, to.port))) {
        size_t orig_len = MNL_ALIGN(orig->nla_len);
        size_t id_len = MNL_ALIGN(id->nla_len);
        size_t len = orig_len + id_len;

        ofpbuf_put(&flush->tuples, &len, sizeof len);
        memcpy(ofpbuf_put_zeros(&flush->tuples, orig_len), orig,
               orig->nla_len);
        memcpy(ofpbuf_put_zeros(&flush->tuples, id_len), id, id->nla_len);
    }
    return MNL_CB_OK;
}

static struct nlmsghdr *
put_header(void *buf, uint16_t type, uint16_t flags, unsigned int seq)
{
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct nfgenmsg *nfh;

    nlh->nlmsg_type = (NFNL_SUBSYS_CTNETLINK << 8) | type;
    nlh->nlmsg_flags = NLM_F_REQUEST | flags;
    nlh->nlmsg_seq = seq;
    nfh = mnl_nlmsg_put_extra_header(nlh, sizeof *nfh);
    nfh->nfgen_family = AF_INET;
    nfh->version = NFNETLINK_V0;
    return nlh;
}

/* Sends 'nlh' and gives what comes back to 'cb'.  Returns 0 or a positive
 * errno value. */
static int
transact(struct mnl_socket *nl, const struct nlmsghdr *nlh, mnl_cb_t cb,
         void *aux)
{
    uint32_t reply[BUFFER_SIZE / sizeof(uint32_t)];
    unsigned int seq = nlh->nlmsg_seq;
    int retval;

    if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0) {
        return errno;
    }
    do {
        ssize_t n = mnl_socket_recvfrom(nl, reply, sizeof reply);

        if (n < 0) {
            return errno;
        }
        retval = mnl_cb_run(reply, n, seq, mnl_socket_get_portid(nl), cb,
                            aux);
    } while (retval > MNL_CB_STOP);
    return retval < 0 ? errno : 0;
}

/* Deletes what 'flush' has found. */
static int
delete_found(struct mnl_socket *nl, struct flush *flush, unsigned int seq,
             unsigned int *n_removed)
{
    while (flush->tuples.size) {
        uint32_t buf[1024 / sizeof(uint32_t)];
        struct nlmsghdr *nlh;
        size_t len;
        int error;

        memcpy(&len, ofpbuf_pull(&flush->tuples, sizeof len), sizeof len);
        nlh = put_header(buf, IPCTNL_MSG_CT_DELETE, NLM_F_ACK, seq++);
        ovs_assert(nlh->nlmsg_len + len <= sizeof buf);
        memcpy(mnl_nlmsg_get_payload_tail(nlh),
               ofpbuf_pull(&flush->tuples, len), len);
        nlh->nlmsg_len += len;
        error = transact(nl, nlh, NULL, NULL);
        if (!error) {
            (*n_removed)++;
        } else if (error != ENOENT) {
            return error;
        }
    }
    return 0;
}

/* Opens a socket in the namespace. */
static int
open_socket(int netns_fd, struct mnl_socket **nlp)
{
    struct netns_visit visit;
    int error = netns_enter(&visit, netns_fd);

    if (error) {
        return error;
    }
    *nlp = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
    error = *nlp ? 0 : errno;
    netns_leave(&visit);
    if (!error && mnl_socket_bind(*nlp, 0, MNL_SOCKET_AUTOPID) < 0) {
        error = errno;
        mnl_socket_close(*nlp);
    }
    return error;
}

/* Removes from the namespace 'netns_fd' the connections that one of the 'n'
 * 'cuts' names, and counts them in '*n_removed'.  Returns 0 or a positive
 * errno value. */
int
ct_flush(int netns_fd, const struct nat_cut *cuts, size_t n,
         unsigned int *n_removed)
{
    uint32_t buf[64];
    struct flush flush;
    struct mnl_socket *nl;
    int error;

    *n_removed = 0;
    if (!n) {
        return 0;
    }
    error = open_socket(netns_fd, &nl);
    if (error) {
        return error;
    }
    flush.cuts = xmemdup(cuts, n * sizeof *cuts);
    flush.n = n;
    qsort(flush.cuts, n, sizeof *flush.cuts, compare_cuts);
    ofpbuf_init(&flush.tuples, 0);

    error = transact(nl, put_header(buf, IPCTNL_MSG_CT_GET, NLM_F_DUMP, 1),
                     entry_cb, &flush);
    if (!error) {
        error = delete_found(nl, &flush, 2, n_removed);
    }
    ofpbuf_uninit(&flush.tuples);
    free(flush.cuts);
    mnl_socket_close(nl);
    return error;
}
