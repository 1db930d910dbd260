package dev.counterfoil.drills.storm;

import dev.counterfoil.drills.mail.MailUser;
import dev.counterfoil.drills.theft.Forger;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.TokenId;
import java.security.GeneralSecurityException;
import java.util.Random;
import tools.jackson.databind.node.ObjectNode;

/**
 * Has the consumer domain's signing key and an account of his own there, from which he knows what a
 * token looks like. Forges tokens for other people's mailboxes.
 */
final class Thief {
  /** Where a forged token says that it stands in the log: a forger has to write something there. */
  enum Position {
    /** The identifier of an honest token, word for word. */
    COPIED,
    /** An honest token's position, with a commitment of the thief's own. */
    INVENTED,
    /** A position that the log has not reached. */
    PAST_THE_TIP
  }

  private static final long FAR_PAST_THE_TIP = 1_000_000_000L;

  private final Forger forger;
  private final String ownToken;
  private final Random random;

  /**
   * Equips him.
   *
   * @param forger signs with the stolen key
   * @param ownToken an honest token of his own consumer account
   */
  Thief(Forger forger, String ownToken, Random random) {
    this.forger = forger;
    this.ownToken = ownToken;
    this.random = random;
  }

  /** The stolen key's name. */
  String kid() {
    return forger.kid();
  }

  /** A token in a domain's name for one of its mailboxes. */
  String forge(TrustDomain domain, MailUser victim, Position position)
      throws GeneralSecurityException {
    return forger.copyOf(ownToken, claims -> claim(claims, domain, victim, position));
  }

  /** The same, bound to a key of the thief's own: a proof of possession costs him nothing. */
  String forgeBound(TrustDomain domain, MailUser victim, Position position, String thumbprint)
      throws GeneralSecurityException {
    return forger.copyOf(
        ownToken,
        claims -> {
          claim(claims, domain, victim, position);
          claims.putObject("cnf").put("jkt", thumbprint);
        });
  }

  /** An honest token that he has seen, word for word but for a wider scope. */
  String widen(String honestToken) throws GeneralSecurityException {
    return forger.copyOf(
        honestToken, claims -> claims.put("scope", claims.path("scope").asString("") + " admin"));
  }

  private void claim(ObjectNode claims, TrustDomain domain, MailUser victim, Position position) {
    claims.put("iss", domain.issuer().toString());
    claims.put("tenant", victim.tenant());
    claims.put("sub", victim.name());
    claims.put("client_id", victim.name());
    String[] own = claims.path("jti").asString("").split("\\.", -1);
    switch (position) {
      case COPIED -> {}
      case INVENTED ->
          claims.put("jti", new TokenId(own[0], Long.parseLong(own[1]), hash()).toString());
      case PAST_THE_TIP ->
          claims.put(
              "jti",
              new TokenId(own[0], FAR_PAST_THE_TIP + random.nextInt(1_000_000), hash()).toString());
    }
  }

  private Hash hash() {
    byte[] bytes = new byte[Hash.BYTES];
    random.nextBytes(bytes);
    return Hash.of(bytes);
  }
}
