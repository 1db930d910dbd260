package dev.counterfoil.monitor.judging;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.KeyStatement.Violation;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.monitor.watching.KnownKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What is wrong with the key of a token that was presented.
 *
 * @param fault the first thing that is
 * @param broken names of the rules of its scope that the token breaks
 */
record KeyCheck(KeyFault fault, List<String> broken) {
  /** What is wrong with a token's key; NONE when nothing. */
  enum KeyFault {
    NONE,
    OTHER_DOMAIN,
    OUT_OF_SCOPE,
    UNKNOWN,
    WITHDRAWN
  }

  /** Checks the key that a token names. */
  static KeyCheck of(TokenCase that) {
    Optional<String> kid = that.presented().kid();
    if (kid.isEmpty()) {
      return new KeyCheck(KeyFault.NONE, List.of());
    }
    if (that.key().isEmpty()) {
      return new KeyCheck(KeyFault.UNKNOWN, List.of());
    }
    KnownKey key = that.key().get();
    if (!key.domain().equals(that.domain().name())) {
      return new KeyCheck(KeyFault.OTHER_DOMAIN, List.of("domain"));
    }
    List<String> broken = brokenRules(that.presented(), key.statement());
    if (!broken.isEmpty()) {
      return new KeyCheck(KeyFault.OUT_OF_SCOPE, broken);
    }
    if (that.keys().withdrawnKeys().contains(key.statement().kid())) {
      return new KeyCheck(KeyFault.WITHDRAWN, List.of());
    }
    return new KeyCheck(KeyFault.NONE, List.of());
  }

  /**
   * Whether the token stands elsewhere than its key's statement says: no signer composes such a
   * token, and whoever holds the key and writes into another log makes one.
   */
  static boolean isOfAnothersLog(TokenCase that) {
    if (that.key().isEmpty()
        || !(that.key().get().statement().record() instanceof RecordForm.Position own)) {
      return false;
    }
    return that.presented()
        .parsedTokenId()
        .map(id -> !id.log().equals(own.log()))
        // Of a token that did not come whole, the identifier is only what its reporter says.
        .orElse(that.presented().token().isPresent());
  }

  /** The rules of the key's scope that what is known of the token breaks. */
  private static List<String> brokenRules(Presented presented, KeyStatement key) {
    Optional<Instant> issuedAt = presented.issuedAt().map(TokenCase::instant);
    Optional<Instant> expiresAt = presented.expiresAt().map(TokenCase::instant);
    if (presented.token().isPresent()
        && presented.issuer().isPresent()
        && presented.tenant().isPresent()
        && issuedAt.isPresent()
        && expiresAt.isPresent()) {
      CompactToken token = presented.token().get();
      try {
        return key
            .violation(
                token.type(),
                presented.issuer().get(),
                presented.tenant().get(),
                presented.audiences(),
                token.claims().has("cnf"),
                issuedAt.get(),
                expiresAt.get())
            .map(KeyCheck::text)
            .stream()
            .toList();
      } catch (FormatException e) {
        return List.of(text(Violation.AUDIENCE));
      }
    }
    List<String> broken = new ArrayList<>();
    if (presented.issuer().filter(issuer -> !issuer.equals(key.issuer())).isPresent()) {
      broken.add(text(Violation.ISSUER));
    }
    if (presented.tenant().filter(tenant -> !key.tenants().allows(tenant)).isPresent()) {
      broken.add(text(Violation.TENANT));
    }
    if (issuedAt
        .filter(at -> at.isBefore(key.activeFrom()) || !at.isBefore(key.activeUntil()))
        .isPresent()) {
      broken.add(text(Violation.ACTIVE_WINDOW));
    }
    if (expiresAt.filter(at -> at.isAfter(key.verifyUntil())).isPresent()) {
      broken.add(text(Violation.VERIFY_UNTIL));
    }
    if (issuedAt.isPresent()
        && expiresAt.filter(at -> at.isAfter(issuedAt.get().plus(key.lifeMax()))).isPresent()) {
      broken.add(text(Violation.LIFE));
    }
    return broken;
  }

  private static String text(Violation violation) {
    return violation.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
