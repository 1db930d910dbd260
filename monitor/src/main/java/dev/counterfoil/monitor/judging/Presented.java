package dev.counterfoil.monitor.judging;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.format.word.WatchProbe;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a token that was presented: the sighting, and the token itself where it came as
 * evidence. Of the two the token is believed.
 */
public record Presented(Sighting sighting, Optional<CompactToken> token) {

  public static Presented of(Sighting sighting) {
    @Nullable String evidence = sighting.evidence();
    if (evidence == null) {
      return new Presented(sighting, Optional.empty());
    }
    try {
      // Of ours, and of those that another issuer composes: whose it is, its key says.
      return new Presented(sighting, Optional.of(CompactToken.parseForeign(evidence)));
    } catch (FormatException e) {
      // Evidence that is no token proves nothing; what else the sighting says still counts.
      return new Presented(sighting, Optional.empty());
    }
  }

  /** Whether a service let the token in, or found it good but for a record. */
  public static boolean isLetIn(Sighting sighting) {
    return sighting.isAccepted() || sighting.isUnrecorded();
  }

  public Optional<Hash> digest() {
    return token.map(CompactToken::digest).or(() -> Optional.ofNullable(sighting.token().digest()));
  }

  Optional<String> kid() {
    return token
        .map(CompactToken::kid)
        .map(Sighting::fitting)
        .or(() -> Optional.ofNullable(sighting.token().kid()));
  }

  /** The thumbprint of the key, as the reporter says, who may know another name of it. */
  Optional<String> reportedKid() {
    return Optional.ofNullable(sighting.token().kid());
  }

  Optional<String> issuer() {
    return text("iss", sighting.token().issuer());
  }

  public Optional<String> tenant() {
    return text("tenant", sighting.token().tenant());
  }

  public Optional<String> subject() {
    return text("sub", sighting.token().subject());
  }

  public Optional<String> clientId() {
    return text("client_id", sighting.token().clientId());
  }

  public Optional<String> tokenId() {
    return text("jti", sighting.token().tokenId());
  }

  Optional<Long> issuedAt() {
    return number("iat", sighting.token().issuedAt());
  }

  Optional<Long> expiresAt() {
    return number("exp", sighting.token().expiresAt());
  }

  /** Bounded as what a reporter says: the signer of a token chooses how long its texts are. */
  private Optional<String> text(String claim, @Nullable String stated) {
    if (token.isPresent()) {
      return token.get().claims().get(claim) instanceof String text
          ? Optional.ofNullable(Sighting.fitting(text))
          : Optional.empty();
    }
    return Optional.ofNullable(stated);
  }

  private Optional<Long> number(String claim, @Nullable Long stated) {
    if (token.isPresent()) {
      return token.get().claims().get(claim) instanceof Long number
          ? Optional.of(number)
          : Optional.empty();
    }
    return Optional.ofNullable(stated);
  }

  /** The audiences, known from the token alone. */
  List<String> audiences() throws FormatException {
    JsonObject claims = token.orElseThrow().claims();
    return claims.get("aud") instanceof String one ? List.of(one) : claims.strings("aud");
  }

  /** The {@code jti} taken apart; empty when it is none of ours. */
  public Optional<TokenId> parsedTokenId() {
    try {
      return tokenId().isPresent() ? Optional.of(TokenId.parse(tokenId().get())) : Optional.empty();
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  /** What identifies the token among findings. */
  String name() {
    return digest()
        .map(Hash::base64Url)
        .or(this::tokenId)
        .orElseGet(
            () ->
                String.join(
                    " ",
                    "claims",
                    issuer().orElse("-"),
                    tenant().orElse("-"),
                    subject().orElse("-"),
                    clientId().orElse("-"),
                    issuedAt().map(String::valueOf).orElse("-"),
                    expiresAt().map(String::valueOf).orElse("-")));
  }

  /**
   * Whether it is a probe of those who watch the monitor: a whole token that brings the key which
   * signed it, and that its service refused.
   */
  boolean isProbe() {
    return !sighting.isAccepted()
        && !sighting.isUnrecorded()
        && !sighting.signed()
        && token.flatMap(WatchProbe::keyOf).filter(this::isSignedBy).isPresent();
  }

  /** Whether the evidence carries a good signature of a key, whatever algorithm it names. */
  boolean isSignedBy(PublicJwk key) {
    if (token.isEmpty()) {
      return false;
    }
    try {
      Signature verifier = Signature.getInstance(key.algorithm().javaSignature());
      verifier.initVerify(key.javaKey());
      verifier.update(token.get().signingInput());
      return verifier.verify(token.get().signature());
    } catch (GeneralSecurityException e) {
      // A malformed signature, or an algorithm that this runtime lacks: not shown to be good.
      return false;
    }
  }
}
