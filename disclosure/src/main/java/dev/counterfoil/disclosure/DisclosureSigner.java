package dev.counterfoil.disclosure;

import dev.counterfoil.format.bytes.JsonObject;

/**
 * Has something signed by the domain's registrar, which signs notices and claims and no other text
 * of people's.
 */
@FunctionalInterface
public interface DisclosureSigner {
  /**
   * Signs.
   *
   * @param type the JWS type, {@link TheftNotice#TYPE} or {@link PublicStatement#TYPE}
   * @return a compact JWS
   * @throws DisclosureException when the registrar refuses
   */
  String sign(String type, JsonObject content) throws DisclosureException, InterruptedException;
}
