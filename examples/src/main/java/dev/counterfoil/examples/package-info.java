/**
 * Services of plain Java that take only tokens that were issued. Each file is whole and stands for
 * itself, to be copied.
 *
 * <p><b>Trust.</b> What an example trusts is what the verifier trusts ({@link
 * dev.counterfoil.verifier}): the policy file. An attacker who controls such a service can do what
 * the service may do; it cannot mint a token.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.examples;
