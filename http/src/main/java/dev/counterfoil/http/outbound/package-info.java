/**
 * What a process sends to addresses that others registered: where it may go, within which limits.
 *
 * <p><b>Trust.</b> Who registers an address chooses where this process connects. It reaches only
 * what the guard lets it: public addresses, looked at after the name is resolved and connected to
 * as they were looked at; redirects are not followed; of an answer the status is read, and a short
 * body where one was asked for. An attacker who controls this part can send requests into the
 * networks of this host, and sees what is sent; the part has no key and signs nothing.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.http.outbound;
