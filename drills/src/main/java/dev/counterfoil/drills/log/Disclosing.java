package dev.counterfoil.drills.log;

import dev.counterfoil.disclosure.DisclosureSigner;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.DelegationChain;

/**
 * A domain that has something to tell.
 *
 * @param policy what its tenants' verifiers start from
 * @param signer has it signed by the domain's registrar
 * @param delegation the root's word for the key that signs
 */
public record Disclosing(TrustPolicy policy, DisclosureSigner signer, DelegationChain delegation) {}
