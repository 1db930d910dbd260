/**
 * The authority: OAuth 2.1 over HTTP for each trust domain, and the read side of its logs.
 *
 * <p><b>Trust.</b> An attacker who controls this process can ask the signers for tokens inside the
 * scopes and quotas of their keys, each one recorded under the tenant that it is for; can read
 * counterfoils; can register clients, answer introspection as it likes, and keep anything from
 * being served. It cannot take a key, have anything signed that is not recorded, sign outside a
 * key's scope, revoke a key, or change what a log holds: verifiers check everything that it serves
 * from the root down. That it cannot have a key stated, as a signer can, is held by the kernel only
 * where it runs under a Unix user of its own; under one user for everything it can, visibly in the
 * signed key set. It keeps no client secret, only a keyed hash of each.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.authority;
