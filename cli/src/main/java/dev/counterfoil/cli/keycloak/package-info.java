/**
 * What a realm export of Keycloak says, as people, groups and clients of a tenant.
 *
 * <p>Whatever is not taken is named with its reason. No secret and no password's hash is taken.
 *
 * <p><b>Trust.</b> An attacker who controls the export decides what the file for {@code apply}
 * says, which an operator reads before it is applied.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.keycloak;
