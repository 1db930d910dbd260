/**
 * Token servers under test: a throwaway installation of Counterfoil, Keycloak, oidc-provider.
 *
 * <p>Each is started as its users start it, and ended with the run.
 *
 * <p><b>Trust.</b> Its secrets are made for one run and go with it.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.benchmarks.servers;
