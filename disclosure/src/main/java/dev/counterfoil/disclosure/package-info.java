/**
 * Telling the truth after an incident: notices to affected tenants, and public statements made of
 * claims that can be taken back in the open.
 *
 * <p><b>Trust.</b> Everything here is signed by the domain's registrar under the root's delegation,
 * and verified from the policy file that the receiver's verifiers start from. An attacker who
 * controls this part can ask for wrong notices and claims, each of which stays signed and on
 * record; it cannot speak for another domain, and cannot make an earlier version unsaid: each
 * version names the one before it by its digest, and no claim may disappear.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.disclosure;
