/**
 * The signer's protocol: framed, versioned, pipelined requests over a Unix socket whose peer is
 * checked.
 *
 * <p><b>Trust.</b> An attacker who holds the client's end can ask for tokens inside the key scopes
 * and quotas of the signer, each one recorded before it is signed, and can read what the socket's
 * role allows. There is no request that takes bytes to sign, none that gives a key, and none that
 * changes the log. A peer whose Unix user is not allowed is disconnected before a byte of its is
 * read.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signerprotocol;
