/**
 * The other authorities of a domain: which of them a code, a refresh token, a pushed request, an
 * assertion or a browser belongs to, and how it gets there.
 *
 * <p>Each has grants, sessions and signers of its own. What is used once is used at its home, and
 * nowhere else: when the home is away, it is not used at all. What ends for a person or client is
 * written into the shared database, and each authority ends it at itself.
 *
 * <p><b>Trust.</b> Peers come from the configuration alone, and each proves itself with the one
 * certificate that stands there. An attacker who controls one authority sees what is forwarded to
 * it, and can send requests in its clients' names with any address; it cannot use what another one
 * is home of without its secret, nor make a grant there. One between them, on the network, can hold
 * requests up and nothing else: they are refused then.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.authority.peers;
