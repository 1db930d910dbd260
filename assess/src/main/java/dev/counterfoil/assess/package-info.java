/**
 * Assesses an existing issuer by what it publishes and by sample tokens. It names where that falls
 * short of what the 2023 forgery of cloud mail tokens taught.
 *
 * <p>Read-only: the only requests are GETs of public documents. {@link
 * dev.counterfoil.assess.IssuerAssessment} is the way in; {@link
 * dev.counterfoil.assess.finding.FindingKind} is the catalogue of everything that can be found.
 *
 * <p>What an attacker who controls this part can do: hide or invent findings about an issuer, and
 * read the sample tokens that an operator hands over. An attacker who controls the assessed issuer
 * can make this part GET one address of its choosing outside the loopback and link-local networks
 * (its {@code jwks_uri}), and fill the report with text that is cut, stripped of control characters
 * and bounded in number. Neither can change anything at an issuer or at a service: no credential is
 * held, and nothing is sent but those GETs. A token is never sent anywhere and never written whole.
 */
@NullMarked
package dev.counterfoil.assess;

import org.jspecify.annotations.NullMarked;
