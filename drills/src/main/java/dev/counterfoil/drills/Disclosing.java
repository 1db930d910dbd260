package dev.counterfoil.drills;

import dev.counterfoil.disclosure.DisclosureSigner;
import dev.counterfoil.format.DelegationChain;
import dev.counterfoil.format.TrustPolicy;

/**
 * A domain that has something to tell.
 *
 * @param policy what its tenants' verifiers start from
 * @param signer has it signed by the domain's registrar
 * @param delegation the root's word for the key that signs
 */
record Disclosing(TrustPolicy policy, DisclosureSigner signer, DelegationChain delegation) {}
