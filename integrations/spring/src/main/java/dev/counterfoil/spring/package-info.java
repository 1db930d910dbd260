/**
 * The verifier for Spring Security's resource server: a Spring Boot application with {@code
 * counterfoil.policy} and {@code counterfoil.audience} refuses tokens that were never issued.
 *
 * <p><b>Trust.</b> Nothing is added to what the verifier trusts ({@link dev.counterfoil.verifier}):
 * a policy file, and for reporting a client's key. An attacker who controls the application can do
 * what it may do, and hide or invent sightings; it cannot mint a token. An attacker who writes its
 * configuration chooses policy, audience and tenants, and cannot leave them out; a second decoder
 * or an introspector among its beans keeps it from starting, one that its own code hands to a
 * filter chain is not seen. Where it lists other issuers, an attacker with such an issuer's key
 * gets in as that issuer's users, and never as the policy's. A client that sends requests chooses
 * token, proof and path. The URI of a proof is the one that the application takes for the request's
 * own: behind a proxy it follows {@code server.forward-headers-strategy}, and a proxy that lets
 * clients choose what it forwards lets them choose what their proofs are for.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.spring;
