/**
 * The HTTP listener of every process: limits, refusals, clients' addresses behind trusted proxies,
 * and access to metrics.
 *
 * <p><b>Trust.</b> Of what clients send only the framing of bodies is read here. A client can hold
 * a connection for its longest time, however little it sends, and for as long again for each part
 * of an answer that it does not take. One address holds a quarter of the connections at most; where
 * all are taken, idle ones give way. A reader of figures is known by the address at the other end
 * of the connection, and a request's client by what trusted proxies say: a proxy that lies puts
 * wrong addresses into records. An attacker who controls this part can keep a process from
 * answering, and sees what clients send to it; the part has no key and signs nothing.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.http.listener;
