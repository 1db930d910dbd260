/**
 * Which protections of a running signer and registrar hold, and what can be had of one that hangs.
 *
 * <p><b>Trust.</b> It collects no key and no secret.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.installation.doctor;
