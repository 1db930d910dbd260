/**
 * Forward authentication: a proxy asks the guard about each request before it lets it through to a
 * service that cannot check tokens itself (nginx {@code auth_request}, Envoy {@code ext_authz} over
 * HTTP or gRPC, Traefik ForwardAuth). The guard answers with the verifier's decision and, for a
 * token that is good, with what it says as headers.
 *
 * <p><b>Trust.</b> The guard holds no key but that of the client as which it reports, and what it
 * answers is the verifier's word.
 *
 * <ul>
 *   <li>An attacker who controls the <em>guard</em> can let through what it likes to the services
 *       that it guards, in any person's name, and sees their tokens as they pass. It cannot mint a
 *       token that another service takes.
 *   <li>An attacker who controls the <em>proxy</em> can do the same: services believe what comes
 *       from it.
 *   <li>A client that reaches the guard's listener from elsewhere is refused before anything is
 *       read: its answers are for the configured proxies alone.
 *   <li>A <em>client</em> chooses the token, its proof and the path. Headers with claims that it
 *       sends are overwritten by the proxy, since the guard answers with each of them, also where
 *       it has no value; forwarded headers count as the proxy sets them.
 *   <li>A client that reaches the <em>service</em> past the proxy is asked by nobody: the service
 *       listens to the proxy alone.
 * </ul>
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.guard;
