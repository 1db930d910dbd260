/**
 * Telling those affected: a notice for each tenant, the channels that it goes out on, and how far
 * it got.
 *
 * <p><b>Trust.</b> What happened to a tenant comes from the incident; where it is reached comes
 * from a file of the operator, never from the incident. Of receivers only statuses come back, and
 * none is taken for a person's acknowledgement. An attacker who controls this part can withhold
 * notices, which shows as not acknowledged; it cannot sign one.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.disclosure.victims;
