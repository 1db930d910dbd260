/**
 * The record of an incident: claims with their versions, and all that was decided, published, sent
 * and acknowledged, in a log of its own.
 *
 * <p><b>Trust.</b> What enters was checked by the desk. The log's public side has digests only,
 * until something is published. An attacker who controls this part can write what nobody decided;
 * it cannot change or drop what stands under a checkpoint that a witness or a reader holds.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.disclosure.record;
