/**
 * What the HTTP listeners of all processes share: connections that end when a request does not
 * arrive in time, or its answer is not taken; who may read a process's figures.
 *
 * <p><b>Trust.</b> Nothing is read here but how long it takes. Whoever connects can hold a
 * connection for its longest time, and no longer, however little he sends, and for as long again
 * for each part of an answer, however little of it he takes; how many he can hold is each
 * listener's own limit. Who reads figures is told by the address at the other end of his
 * connection. Whoever controls this part can keep a process from answering, and sees what clients
 * send to it; he takes no key and signs nothing.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.listener;
